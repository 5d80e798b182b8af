import asyncio
from datetime import UTC, date, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum import audit
from grievances import almanac
from grievances.almanac import Almanac, Holiday, read_hours, write_hours
from grievances.calendars import PLAIN_WEEK, Calendar, Span

FEAST = Holiday(date(2026, 12, 25), "Christmas")
AFTER = Calendar(
    ZoneInfo("Africa/Kampala"),
    weekend=frozenset({4, 5}),
    hours=(Span(time(8), time(12)), Span(time(14), time(17, 30))),
)


@pytest.fixture
def change(database, secretary, now):
    """Change the calendar as the console does."""

    async def changed(act, *given):
        by = {"by": secretary.member, "now": now}
        more = {} if act is almanac.remove_holiday else {"present": PLAIN_WEEK}
        async with database.transaction() as db:
            return await act(db, *given, **by, **more)

    return changed


@pytest.fixture
def load(database):
    async def loaded():
        async with database.reading() as db:
            return await almanac.load(db, PLAIN_WEEK)

    return loaded


async def test_where_nothing_is_kept_the_settings_count(load):
    assert await load() is PLAIN_WEEK


async def test_the_first_calendar_is_kept_once(database, load, now):
    for calendar in (AFTER, PLAIN_WEEK):
        async with database.transaction() as db:
            await almanac.begin(db, calendar, now)
    kept = await load()
    assert (kept.zone, kept.weekend, kept.hours) == (AFTER.zone, AFTER.weekend, AFTER.hours)
    assert kept.edition == 1


async def test_a_week_is_kept_and_leaves_the_holidays(change, load):
    await change(almanac.add_holiday, FEAST)
    await change(almanac.set_week, AFTER)
    kept = await load()
    assert (str(kept.zone), kept.weekend, kept.hours) == (
        "Africa/Kampala",
        AFTER.weekend,
        AFTER.hours,
    )
    assert kept.holidays == {FEAST.day}


async def test_each_change_is_a_new_edition_and_what_changes_nothing_is_none(change, load):
    assert await change(almanac.add_holiday, FEAST)
    assert (await load()).edition == 2
    assert not await change(almanac.add_holiday, Holiday(FEAST.day, "again"))
    assert (await load()).edition == 2
    assert await change(almanac.remove_holiday, FEAST.day)
    assert (await load()).edition == 3
    assert not await change(almanac.remove_holiday, FEAST.day)
    assert (await load()).edition == 3


async def test_holidays_are_listed_in_order_with_their_names(change, database):
    for day in (FEAST, Holiday(date(2026, 5, 1), "Labour Day")):
        await change(almanac.add_holiday, day)
    async with database.reading() as db:
        listed = await almanac.all_holidays(db)
    assert [each.name for each in listed] == ["Labour Day", "Christmas"]


async def test_a_change_is_written_down_with_who_made_it(change, database, secretary):
    await change(almanac.add_holiday, FEAST)
    await change(almanac.set_week, AFTER)
    await change(almanac.remove_holiday, FEAST.day)
    async with database.reading() as db:
        lines = await audit.recent(db, limit=3)
    assert [(line.act, line.subject) for line in lines] == [
        ("calendar.workday", "2026-12-25"),
        ("calendar.week", "calendar"),
        ("calendar.holiday", "2026-12-25"),
    ]
    assert {line.actor for line in lines} == {secretary.member.id}


async def test_a_process_reads_again_only_what_has_changed(change, database):
    kept = Almanac(PLAIN_WEEK)
    async with database.reading() as db:
        assert await kept.read(db) is PLAIN_WEEK
    await change(almanac.add_holiday, FEAST)
    async with database.reading() as db:
        first = await kept.read(db)
        assert await kept.read(db) is first
    assert not first.works_on(FEAST.day)


async def test_two_changes_at_once_both_count(change, load):
    days = [Holiday(date(2026, 6, n), f"day {n}") for n in range(1, 9)]
    await change(almanac.set_week, PLAIN_WEEK)
    await asyncio.gather(*(change(almanac.add_holiday, day) for day in days))
    kept = await load()
    assert kept.holidays == {day.day for day in days}
    assert kept.edition == 2 + len(days)


async def test_utc_is_a_zone_like_any_other(change, load):
    await change(almanac.set_week, Calendar(UTC))
    assert str((await load()).zone) == "UTC"


times = st.integers(0, 24 * 60 - 1).map(lambda n: time(n // 60, n % 60))


@given(st.lists(times, min_size=2, max_size=4, unique=True).filter(lambda x: len(x) % 2 == 0))
def test_hours_are_read_as_they_were_written(bounds):
    bounds = sorted(bounds)
    hours = tuple(map(Span, bounds[::2], bounds[1::2]))
    assert read_hours(write_hours(hours)) == hours


@pytest.mark.parametrize("text", ["", "8-12", "08:00", "08:00-25:00", "12:00-08:00"])
def test_what_is_no_hours_is_refused(text):
    with pytest.raises((ValueError, TypeError)):
        read_hours(text)
