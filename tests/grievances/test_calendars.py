from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grievances.calendars import Calendar

NAIROBI = ZoneInfo("Africa/Nairobi")
PARIS = ZoneInfo("Europe/Paris")  # it has summer time, and Nairobi has not

moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
calendars = st.builds(
    Calendar,
    zone=st.sampled_from([UTC, NAIROBI, PARIS]),
    weekend=st.frozensets(st.integers(0, 6), max_size=6),
    opens=st.sampled_from([time(7), time(8, 30)]),
    closes=st.sampled_from([time(12), time(17)]),
    holidays=st.frozensets(st.dates(date(2024, 1, 1), date(2030, 2, 1)), max_size=20),
)
days = st.integers(0, 30)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-05-12 09:00", 2, "2026-05-14 09:00"),  # Tuesday to Thursday
        ("2026-05-15 16:00", 1, "2026-05-18 16:00"),  # Friday to Monday
        ("2026-05-16 11:00", 1, "2026-05-19 08:00"),  # a Saturday begins on Monday's opening
        ("2026-05-12 23:00", 1, "2026-05-14 08:00"),  # a night begins on the next opening
        ("2026-05-12 05:00", 0, "2026-05-12 08:00"),  # before opening waits for it
        ("2026-05-12 17:00", 0, "2026-05-13 08:00"),  # closing time is closed
        ("2026-05-20 09:00", 1, "2026-05-22 09:00"),  # the 21st is a holiday
    ],
)
def test_working_days_are_counted_from_working_hours(start, count, end):
    calendar = Calendar(UTC, holidays=frozenset({date(2026, 5, 21)}))
    begun, ended = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end))
    assert calendar.add_days(begun, count) == ended


def test_hours_are_those_of_the_forums_own_zone():
    early = datetime(2026, 5, 12, 6, 0, tzinfo=UTC)  # 09:00 in Nairobi
    assert Calendar(NAIROBI).add_days(early, 1) == early + timedelta(days=1)


def test_the_hour_stays_when_the_clocks_change():
    friday = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)  # 10:00 in Paris; summer begins on Sunday
    monday = Calendar(PARIS).add_days(friday, 1)
    assert monday == datetime(2026, 3, 30, 8, 0, tzinfo=UTC)


@given(calendars, moments, days)
def test_it_always_ends_in_working_hours(calendar, start, count):
    end = calendar.add_days(start, count).astimezone(calendar.zone)
    assert calendar.works_on(end.date())
    assert calendar.opens <= end.time() < calendar.closes


@given(calendars, moments, moments, days)
def test_who_starts_later_never_ends_earlier(calendar, one, other, count):
    first, second = sorted((one, other))
    assert calendar.add_days(first, count) <= calendar.add_days(second, count)


@given(calendars, moments, days, days)
def test_days_add_up(calendar, start, some, more):
    halfway = calendar.add_days(start, some)
    assert calendar.add_days(halfway, more) == calendar.add_days(start, some + more)


@given(calendars, moments, days)
def test_exactly_so_many_working_days_lie_between(calendar, start, count):
    begun = calendar.add_days(start, 0).astimezone(calendar.zone).date()
    ended = calendar.add_days(start, count).astimezone(calendar.zone).date()
    between = [begun + timedelta(days=n) for n in range(1, (ended - begun).days + 1)]
    assert sum(map(calendar.works_on, between)) == count


@given(calendars, moments)
def test_it_never_ends_before_it_starts(calendar, start):
    assert calendar.add_days(start, 0) >= start


def test_a_calendar_without_a_working_day_is_refused():
    with pytest.raises(ValueError, match="working day"):
        Calendar(UTC, weekend=frozenset(range(7)))


def test_an_office_that_closes_before_it_opens_is_refused():
    with pytest.raises(ValueError, match="opens before"):
        Calendar(UTC, opens=time(17), closes=time(8))
