from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.rule_timeline import WIDTH, stages, timeline
from outreach.rule_dates import FIELDS, NO_DATES, Dates

FIRST = date(2026, 1, 1)
DATES = Dates(FIRST, date(2026, 1, 11), date(2026, 1, 31), None, date(2026, 3, 1))


def test_the_stops_stand_at_equal_distances_in_their_order():
    line = timeline(DATES, date(2026, 1, 20))
    assert [(stop.n, stop.field, stop.x) for stop in line.stops] == [
        (1, "announced_on", 30),
        (2, "outreach_from", 110),
        (3, "in_force_on", 190),
        (4, "enforcement_from", 270),
    ]
    assert [stop.past for stop in line.stops] == [True, True, False, False]


@pytest.mark.parametrize(
    ("today", "x"),
    [
        (FIRST - timedelta(days=1), 15),
        (FIRST, 30),
        (date(2026, 1, 11), 110),
        (date(2026, 1, 21), 150),
        (date(2026, 3, 1), 270),
        (date(2026, 3, 2), WIDTH - 15),
    ],
)
def test_today_stands_between_the_days_that_it_is_between(today, x):
    assert timeline(DATES, today).today == x


def test_with_no_day_there_is_no_stop_and_with_one_there_is_one():
    assert timeline(NO_DATES, FIRST).stops == []
    (only,) = timeline(Dates(in_force_on=FIRST), FIRST).stops
    assert (only.n, only.field, only.past) == (1, "in_force_on", True)


@given(st.lists(st.integers(0, 9), min_size=5, max_size=5), st.integers(-1, 10))
def test_today_is_never_on_the_wrong_side_of_a_day(offsets, offset):
    days = {name: FIRST + timedelta(days=n) for name, n in zip(FIELDS, offsets, strict=True)}
    line = timeline(Dates(**days), FIRST + timedelta(days=offset))
    for stop in line.stops:
        assert (line.today >= stop.x) is stop.past
        assert 0 <= stop.x <= WIDTH


def test_the_five_stages_stand_on_one_line_and_what_began_takes_the_place_of_what_was_planned():
    begun = {"assistance": date(2026, 1, 15), "enforcement": date(2026, 3, 9)}
    line = stages(DATES, begun, date(2026, 2, 1))
    assert [(stop.field, stop.day, stop.past) for stop in line.stops] == [
        ("law", FIRST, True),
        ("outreach", date(2026, 1, 11), True),
        ("assistance", date(2026, 1, 15), True),
        ("enforcement", date(2026, 3, 9), False),
    ]
    planned = stages(DATES, {}, FIRST).stops[-1]
    assert (planned.field, planned.day) == ("enforcement", date(2026, 3, 1))
