from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grievances.periods import (
    Quarter,
    closed_quarters,
    quarter_named,
    quarter_of,
    quarters_between,
    weeks_up_to,
)

LUSAKA = ZoneInfo("Africa/Lusaka")  # two hours before UTC, all the year
PARIS = ZoneInfo("Europe/Paris")  # with a summer time

MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-01-01", "2026-Q1"),
        ("2025-12-28", "2025-Q4"),
        ("2025-12-29", "2026-Q1"),  # the Monday of ISO week 1
        ("2026-03-29", "2026-Q1"),  # the Sunday of week 13
        ("2026-03-30", "2026-Q2"),
        ("2026-12-31", "2026-Q4"),  # week 53
        ("2027-01-03", "2026-Q4"),
        ("2027-01-04", "2027-Q1"),
    ],
)
def test_a_quarter_is_thirteen_weeks(moment, name):
    assert quarter_of(datetime.fromisoformat(moment).replace(tzinfo=UTC), UTC).name == name


def test_a_quarter_ends_at_the_forums_midnight():
    assert Quarter(2026, 1).ends(LUSAKA) == datetime(2026, 3, 29, 22, tzinfo=UTC)


@given(MOMENTS, st.sampled_from([UTC, LUSAKA, PARIS]))
def test_every_moment_lies_in_its_quarter_and_no_other(moment, zone):
    quarter = quarter_of(moment, zone)
    assert quarter.before.ends(zone) <= moment < quarter.ends(zone)
    assert quarter.before.next == quarter == quarter.next.before
    assert (quarter.next.monday - quarter.monday).days in {91, 98}


@given(MOMENTS)
def test_a_name_is_read_back_and_sorts_as_the_quarters_do(moment):
    quarter = quarter_of(moment, UTC)
    assert quarter_named(quarter.name) == quarter
    assert quarter.name < quarter.next.name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "2026",
        "2026-Q0",
        "2026-Q5",
        "26-Q1",
        "2026-q1",
        "2026-Q1 ",
        "0000-Q1",
        "9999-Q4",
        "²-Q1",
    ],
)
def test_what_is_no_name_is_none(name):
    assert quarter_named(name) is None


def test_a_quarter_is_closed_when_the_next_begins(now):
    names = [quarter.name for quarter in closed_quarters(now, UTC, most=3)]
    assert names == ["2026-Q1", "2025-Q4", "2025-Q3"]
    newest = closed_quarters(Quarter(2026, 2).ends(UTC), UTC, most=1)
    assert newest == [Quarter(2026, 2)]


def test_a_year_ends_with_its_quarter():
    names = {quarter.name for quarter in Quarter(2026, 2).year_up_to()}
    assert names == {"2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"}


def test_between_two_quarters_lie_both():
    names = [one.name for one in quarters_between(Quarter(2025, 3), Quarter(2026, 1))]
    assert names == ["2025-Q3", "2025-Q4", "2026-Q1"]
    assert list(quarters_between(Quarter(2026, 1), Quarter(2025, 4))) == []


@given(MOMENTS, st.integers(1, 60), st.sampled_from([UTC, LUSAKA, PARIS]))
def test_weeks_follow_each_other_and_hold_now(moment, count, zone):
    weeks = weeks_up_to(moment, zone, count)
    assert len(weeks) == count
    assert weeks[-1].starts <= moment < weeks[-1].ends
    for week, after in pairwise(weeks):
        assert week.ends == after.starts
    for week in weeks:
        local = week.starts.astimezone(zone)
        assert (local.weekday(), local.hour) == (0, 0)
        assert abs(week.ends - week.starts - timedelta(days=7)) <= timedelta(hours=1)
