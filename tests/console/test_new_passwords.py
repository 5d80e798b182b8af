import pytest

from console.new_passwords import DIFFERENT, problems, typed

GOOD = "river stones sing at dusk"


def test_a_good_password_typed_twice_will_do():
    assert problems({"password": GOOD, "again": GOOD}) == {}


def test_a_slip_in_the_second_is_named_beside_it():
    assert problems({"password": GOOD, "again": GOOD + "x"}) == {"again": DIFFERENT}


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaa", "123456789012"])
def test_a_weak_one_is_named_first(password):
    assert set(problems({"password": password, "again": "other"})) == {"password"}


def test_blanks_at_its_ends_count():
    assert typed({"password": " a b "}) == " a b "


def test_a_file_is_no_password():
    assert typed({"password": object()}) == ""
