from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grievances.calendars import PLAIN_HOURS, Calendar, Span, add_months

NAIROBI = ZoneInfo("Africa/Nairobi")
PARIS = ZoneInfo("Europe/Paris")  # it has summer time, and Nairobi has not
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour of summer time
CAIRO = ZoneInfo("Africa/Cairo")  # its clocks change at midnight
HAVANA = ZoneInfo("America/Havana")  # and so do these, back to the same day
APIA = ZoneInfo("Pacific/Apia")  # it left out 30 December 2011

MINUTE = timedelta(minutes=1)
SPLIT = (Span(time(8), time(12)), Span(time(14), time(17)))
NIGHT = (Span(time(0), time(2, 30)), Span(time(2, 45), time(5)), Span(time(22), time(23, 59)))

moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
#: A night in which the clocks of one of these zones change, and the day around it.
nights = st.one_of(
    *(
        st.datetimes(datetime(*day) - timedelta(1), datetime(*day) + timedelta(2)).map(
            lambda local, zone=zone: local.replace(tzinfo=zone).astimezone(UTC)
        )
        for zone, day in (
            (PARIS, (2026, 3, 29)),
            (PARIS, (2026, 10, 25)),
            (NEW_YORK, (2026, 3, 8)),
            (NEW_YORK, (2026, 11, 1)),
            (LORD_HOWE, (2026, 4, 5)),
            (CAIRO, (2026, 4, 24)),
            (HAVANA, (2026, 11, 1)),
        )
    )
)


def made(hours, zones):
    return st.builds(
        Calendar,
        zone=st.sampled_from(zones),
        weekend=st.frozensets(st.integers(0, 6), max_size=6),
        hours=st.sampled_from(hours),
        holidays=st.frozensets(st.dates(date(2024, 1, 1), date(2030, 2, 1)), max_size=20),
    )


ZONES = [UTC, NAIROBI, PARIS, NEW_YORK, LORD_HOWE]
calendars = made([PLAIN_HOURS, SPLIT, (Span(time(7), time(12, 30)),)], ZONES)
#: Whose people work while the clocks change.
by_night = made([NIGHT, (Span(time(1, 30), time(2, 30)),), SPLIT], [*ZONES, CAIRO, HAVANA])
days = st.integers(0, 30)
spans = st.integers(0, 60 * 24 * 10).map(lambda minutes: minutes * MINUTE)


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


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-05-12 11:30", 1, "2026-05-13 11:30"),
        ("2026-05-12 12:00", 0, "2026-05-12 14:00"),  # the break begins
        ("2026-05-12 13:00", 1, "2026-05-13 14:00"),  # within the break
        ("2026-05-14 16:59", 1, "2026-05-17 16:59"),  # Thursday; Friday and Saturday are off
    ],
)
def test_hours_may_be_split_and_a_weekend_be_friday_and_saturday(start, count, end):
    calendar = Calendar(UTC, weekend=frozenset({4, 5}), hours=SPLIT)
    begun, ended = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end))
    assert calendar.add_days(begun, count) == ended


def test_hours_are_those_of_the_forums_own_zone():
    early = datetime(2026, 5, 12, 6, 0, tzinfo=UTC)  # 09:00 in Nairobi
    assert Calendar(NAIROBI).add_days(early, 1) == early + timedelta(days=1)


def test_the_hour_stays_when_the_clocks_change():
    friday = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)  # 10:00 in Paris; summer begins on Sunday
    monday = Calendar(PARIS).add_days(friday, 1)
    assert monday == datetime(2026, 3, 30, 8, 0, tzinfo=UTC)


# --- hours that do not exist, and hours that exist twice -----------------------------------------

EVERY_DAY = frozenset()


def test_an_opening_that_no_clock_shows_is_the_moment_of_the_change():
    calendar = Calendar(PARIS, weekend=EVERY_DAY, hours=(Span(time(2, 30), time(4)),))
    before = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert calendar.next_open(before) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert calendar.working_time(before, before + timedelta(hours=10)) == timedelta(hours=1)


def test_a_span_that_no_clock_shows_is_not_worked():
    calendar = Calendar(PARIS, weekend=EVERY_DAY, hours=(Span(time(2, 15), time(2, 45)),))
    night = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert calendar.working_time(night, night + timedelta(hours=10)) == timedelta(0)
    assert calendar.next_open(night) == datetime(2026, 3, 30, 0, 15, tzinfo=UTC)


def test_an_hour_that_exists_twice_is_worked_twice():
    calendar = Calendar(PARIS, weekend=EVERY_DAY, hours=(Span(time(2), time(3)),))
    night = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    assert calendar.next_open(night) == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert calendar.working_time(night, night + timedelta(hours=10)) == timedelta(hours=2)


def test_the_second_time_an_hour_is_lived_is_told_from_the_first():
    calendar = Calendar(PARIS, weekend=EVERY_DAY, hours=(Span(time(1), time(4)),))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30, and an hour later again
    second = first + timedelta(hours=1)
    assert (calendar.next_open(first), calendar.next_open(second)) == (first, second)
    assert calendar.add_days(first, 1) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert calendar.add_days(second, 1) == datetime(2026, 10, 26, 2, 0, tzinfo=UTC)


def test_a_day_that_was_left_out_is_nobodys_working_day():
    calendar = Calendar(APIA, weekend=EVERY_DAY)
    thursday = datetime(2011, 12, 29, 12, 0, tzinfo=APIA).astimezone(UTC)
    saturday = datetime(2011, 12, 31, 8, 0, tzinfo=APIA).astimezone(UTC)
    assert calendar.working_time(thursday, saturday) == timedelta(hours=5)
    assert calendar.add_days(thursday, 1) == saturday


# --- what holds for every calendar ---------------------------------------------------------------


def in_hours(calendar, moment):
    local = moment.astimezone(calendar.zone)
    return calendar.works_on(local.date()) and any(
        span.opens <= local.time() < span.closes for span in calendar.hours
    )


@given(calendars, moments, days)
def test_it_always_ends_in_working_hours(calendar, start, count):
    assert in_hours(calendar, calendar.add_days(start, count))


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


@given(st.one_of(calendars, by_night), st.one_of(moments, nights))
def test_it_never_ends_before_it_starts(calendar, start):
    assert calendar.add_days(start, 0) >= start


@given(by_night, nights, nights, st.integers(0, 3))
def test_by_night_too_who_starts_later_never_ends_earlier(calendar, one, other, count):
    first, second = sorted((one, other))
    assert calendar.add_days(first, count) <= calendar.add_days(second, count)


@given(st.one_of(calendars, by_night), st.one_of(moments, nights), spans)
def test_counting_gives_back_what_was_added(calendar, start, span):
    end = calendar.add_time(start, span)
    assert calendar.working_time(start, end) == span


@given(st.one_of(calendars, by_night), st.one_of(moments, nights), spans, spans)
def test_time_adds_up_and_more_time_ends_later(calendar, start, some, more):
    halfway = calendar.add_time(start, some)
    whole = calendar.add_time(start, some + more)
    assert halfway <= whole
    assert calendar.add_time(halfway, more) == whole


@given(calendars, moments, spans)
def test_time_that_was_added_ends_in_working_hours(calendar, start, span):
    assert in_hours(calendar, calendar.add_time(start, span))


@given(st.one_of(calendars, by_night), nights, st.integers(0, 36 * 60))
def test_working_time_is_what_a_clerk_counts_minute_by_minute(calendar, start, minutes):
    start = start.replace(second=0, microsecond=0)
    # A clock on the wall, read each minute of the days around.
    seen = [(start + n * MINUTE).astimezone(calendar.zone) for n in range(-1560, minutes + 1560)]
    open_minutes = set()
    for day in {local.date() for local in seen}:
        for span in calendar.hours if calendar.works_on(day) else ():
            shows = [n for n, local in enumerate(seen) if local.date() == day]
            opened = [n for n in shows if seen[n].time() >= span.opens]
            still = [n for n in shows if seen[n].time() < span.closes]
            if opened and still:
                open_minutes |= set(range(opened[0], still[-1] + 1))
    counted = sum(n in open_minutes for n in range(1560, 1560 + minutes))
    assert calendar.working_time(start, start + minutes * MINUTE) == counted * MINUTE


@given(calendars, moments, moments)
def test_nobody_works_backwards(calendar, one, other):
    assume(one < other)
    assert calendar.working_time(other, one) == timedelta(0)


# --- what is no calendar -------------------------------------------------------------------------


def test_a_calendar_without_a_working_day_is_refused():
    with pytest.raises(ValueError, match="working day"):
        Calendar(UTC, weekend=frozenset(range(7)))


def test_an_office_that_closes_before_it_opens_is_refused():
    with pytest.raises(ValueError, match="opens before"):
        Span(time(17), time(8))


@pytest.mark.parametrize("hours", [(), tuple(reversed(SPLIT)), SPLIT[:1] * 2])
def test_hours_that_do_not_follow_each_other_are_refused(hours):
    with pytest.raises(ValueError, match="hours"):
        Calendar(UTC, hours=hours)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-05-12 09:00", 3, "2026-08-12 09:00"),
        ("2026-11-30 09:00", 3, "2027-02-28 09:00"),
        ("2027-11-30 09:00", 3, "2028-02-29 09:00"),
        ("2026-12-31 23:59", 6, "2027-06-30 23:59"),
        ("2026-09-01 00:00", 3, "2026-12-01 00:00"),
    ],
)
def test_months_end_on_the_same_day_or_on_the_last(start, months, end):
    assert add_months(datetime.fromisoformat(start), months) == datetime.fromisoformat(end)
