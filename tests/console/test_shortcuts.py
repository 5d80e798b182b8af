from string import ascii_lowercase

from hypothesis import given
from hypothesis import strategies as st

from console import shortcuts
from console.shortcuts import BACK, DOWN, NEXT, UP, letters
from grievances.severity import Severity
from grievances.taxonomy import CATEGORIES

OTHERS = {DOWN, UP, BACK, NEXT}


def test_every_category_has_a_letter_of_its_own():
    found = letters(CATEGORIES)
    assert list(found) == list(CATEGORIES)
    assert len(set(found.values())) == len(CATEGORIES)
    assert found["DANGER"] == "d"
    assert found["MERCURY"] == "e"  # «m» is what resettlement has


@given(st.lists(st.text(max_size=8), unique=True, max_size=40))
def test_no_letter_is_given_twice_or_taken_from_another_key(names):
    found = letters(names)
    given_out = list(found.values())
    assert len(set(given_out)) == len(given_out)
    assert set(given_out) <= set(ascii_lowercase) - OTHERS
    assert len(found) == min(len(names), len(ascii_lowercase) - len(OTHERS))


@given(st.lists(st.text(max_size=8), unique=True, min_size=1, max_size=20))
def test_a_name_at_the_end_moves_no_other(names):
    assert letters(names[:-1]).items() <= letters(names).items()


def test_no_two_digits_mean_two_things():
    digits = [*shortcuts.SEVERITIES.values(), *shortcuts.NAMED.values()]
    assert len(set(digits)) == len(digits)
    assert all(digit.isdigit() for digit in digits)
    assert set(shortcuts.SEVERITIES) == set(Severity)
