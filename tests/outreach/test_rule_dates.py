from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rule_dates import FIELDS, NEEDED, Dates, Misplaced, misplaced, unset

FIRST = date(2026, 1, 1)


def days(**after):
    return Dates(**{name: FIRST + timedelta(days=n) for name, n in after.items()})


WHOLE = {"announced_on": 0, "outreach_from": 10, "in_force_on": 20, "enforcement_from": 40}


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, {}),
        ({"grace_until": 39}, {}),
        ({"outreach_from": 0}, {}),
        ({"enforcement_from": 20}, {}),
        ({"outreach_from": 20, "in_force_on": 20}, {}),
        ({"announced_on": 11}, {"outreach_from": Misplaced("announced_on")}),
        ({"in_force_on": 9}, {"in_force_on": Misplaced("outreach_from")}),
        ({"grace_until": 19}, {"grace_until": Misplaced("in_force_on")}),
        ({"grace_until": 40}, {"enforcement_from": Misplaced("grace_until", strictly=True)}),
        ({"grace_until": 50}, {"enforcement_from": Misplaced("grace_until", strictly=True)}),
        ({"enforcement_from": 19}, {"enforcement_from": Misplaced("in_force_on")}),
    ],
)
def test_a_day_that_comes_too_early_is_named_with_what_it_comes_before(changed, wrong):
    assert misplaced(days(**{**WHOLE, **changed})) == wrong


def test_nobody_is_punished_on_the_day_on_which_they_are_told():
    told = days(announced_on=0, outreach_from=5, in_force_on=5, enforcement_from=5)
    assert misplaced(told) == {"enforcement_from": Misplaced("outreach_from", strictly=True)}


def test_a_draft_may_have_some_days_only():
    assert misplaced(days(announced_on=3, enforcement_from=2)).keys() == {"enforcement_from"}
    assert misplaced(days(in_force_on=3)) == {}
    assert unset(days(in_force_on=3)) == ("announced_on", "outreach_from", "enforcement_from")


def test_all_but_the_grace_is_needed():
    assert unset(Dates()) == NEEDED
    assert unset(days(**WHOLE)) == ()


@given(st.lists(st.integers(0, 50), min_size=5, max_size=5))
def test_days_that_only_go_on_are_right_and_others_are_wrong(offsets):
    dates = days(**dict(zip(FIELDS, offsets, strict=True)))
    told, grace, enforced = offsets[1], offsets[3], offsets[4]
    right = offsets == sorted(offsets) and enforced > max(told, grace)
    assert (misplaced(dates) == {}) is right
