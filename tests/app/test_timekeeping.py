import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from app import timekeeping
from app.timekeeping import Timekeeping, following
from grievances import almanac, exclusions, revision
from grievances.almanac import Almanac, Holiday
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.categories import Register
from grievances.escalation import escalation
from grievances.taxonomy import DEFAULT
from tests.support.months import Months
from tests.support.patience import until

DAY = timedelta(days=1)


async def test_months_of_cases_miss_no_bell_and_hear_none_twice(database, keyring):
    months = Months(
        database,
        keyring,
        datetime(2026, 9, 15, 6, 0, tzinfo=UTC),
        count=120,
        until=135 * DAY,
        gap=2 * DAY,
    )
    await months.live()
    await months.check()
    assert months.deaths > 20
    assert months.meetings > 10


async def test_a_clerk_who_expects_otherwise_would_be_heard(database, keyring, monkeypatch):
    """What the months find is found because it is so: a claim that skips a case is seen."""
    start = datetime(2026, 9, 15, 6, 0, tzinfo=UTC)
    months = Months(database, keyring, start, count=10, until=50 * DAY, gap=2 * DAY)
    await months.live()
    months.clerk.expected.pop()
    with pytest.raises(AssertionError, match="rang for nothing"):
        await months.check()


async def test_each_kind_of_work_is_counted(database, file, now):
    await file(category="ABUSE")
    keeping = Timekeeping(database, Almanac(PLAIN_WEEK))
    assert await keeping.keep(now) == {}
    assert await keeping.keep(now + timedelta(hours=3)) == {"warned": 1, "escalated": 1}
    assert await keeping.keep(now + timedelta(hours=3)) == {}


@pytest.mark.parametrize(("kept_out", "reached"), [(False, 3), (True, 1)])
async def test_who_is_kept_out_answers_for_nothing(
    database, file, now, secretary, kept_out, reached
):
    filed = await file(category="ABUSE")
    async with database.transaction() as db:
        row = {"level": 3, "member_id": secretary.id, "named_at": now}
        await db.execute(insert(escalation), row)
        out = [secretary.id] if kept_out else []
        why = exclusions.Why.NAMED
        await exclusions.exclude(db, [filed.id], out, why, by=secretary.id, now=now)
    keeping = Timekeeping(database, Almanac(PLAIN_WEEK))
    await keeping.keep(now + timedelta(hours=3))
    async with database.reading() as db:
        assert (await db.execute(select(cases.c.level))).scalar_one() == reached


async def test_a_process_sees_a_change_of_the_calendar_by_itself(
    database, secretary, now, monkeypatch
):
    monkeypatch.setattr(timekeeping, "READ_EVERY", 0.02)
    kept = Almanac(PLAIN_WEEK)
    async with following(database, kept):
        async with database.transaction() as db:
            feast = Holiday(date(2026, 12, 25), "a feast")
            await almanac.add_holiday(db, feast, present=PLAIN_WEEK, by=secretary, now=now)
        await until(lambda: not kept.calendar.works_on(feast.day))


async def test_a_process_sees_a_change_of_the_taxonomy_by_itself(
    database, secretary, now, monkeypatch
):
    monkeypatch.setattr(timekeeping, "READ_EVERY", 0.02)
    register = Register()
    told = {"present": DEFAULT, "check": lambda *_: None, "by": secretary, "now": now}
    async with following(database, Almanac(PLAIN_WEEK), register):
        async with database.transaction() as db:
            await revision.set_retired(db, "PAY", retired=True, **told)
        await until(lambda: "PAY" not in register.taxonomy.offered)


async def test_the_calendar_is_read_before_anybody_works_by_it(database, secretary, now):
    async with database.transaction() as db:
        await almanac.begin(db, PLAIN_WEEK, now)
    kept = Almanac(PLAIN_WEEK)
    async with following(database, kept):
        assert kept.calendar.edition == 1


async def test_a_database_that_is_away_leaves_the_calendar_as_it_was(
    database, secretary, now, monkeypatch, logged
):
    monkeypatch.setattr(timekeeping, "READ_EVERY", 0.02)
    kept = Almanac(PLAIN_WEEK)

    async def fails(_db):
        raise OSError("gone")

    async with following(database, kept):
        with monkeypatch.context() as patch:
            patch.setattr(kept, "read", fails)
            await until(lambda: "book.not_read" in logged.getvalue())
        async with database.transaction() as db:
            await almanac.begin(db, PLAIN_WEEK, now)
        await until(lambda: kept.calendar.edition == 1)


async def test_a_follower_leaves_nothing_running(database):
    before = asyncio.all_tasks()
    async with following(database, Almanac(PLAIN_WEEK)):
        assert asyncio.all_tasks() != before
    assert asyncio.all_tasks() == before


async def test_a_chunk_that_fails_undoes_itself_alone(database, file, now, monkeypatch):
    await file(category="ABUSE")
    keeping = Timekeeping(database, Almanac(PLAIN_WEEK))

    async def broken(*_args, **_more):
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(timekeeping.watch, "escalate", broken)
        with pytest.raises(RuntimeError):
            await keeping.keep(now + timedelta(hours=3))
    # The warning was given and stays; the escalation is still due.
    assert await keeping.keep(now + timedelta(hours=3)) == {"escalated": 1}


async def test_a_case_is_back_in_review_after_two_weeks_of_silence(database, file, now):
    report = await file()
    async with database.transaction() as db:
        await db.execute(update(cases).values(state="waiting_reporter", moved_at=now))
    done = await Timekeeping(database, Almanac(PLAIN_WEEK)).keep(now + 14 * DAY)
    assert done["back_to_review"] == 1
    async with database.reading() as db:
        found = await db.execute(select(cases.c.state).where(cases.c.id == report.id))
    assert found.scalar_one() == "in_review"


async def test_a_case_that_somebody_else_is_to_settle_is_not_called_out(
    database, file, now, monkeypatch
):
    """As when another process holds it: its clocks are not what they are going to be."""
    report = await file(category="ABUSE")
    async with database.transaction() as db:
        held = update(cases).where(cases.c.id == report.id)
        await db.execute(held.values(state="waiting_reporter", moved_at=now))
    keeping = Timekeeping(database, Almanac(PLAIN_WEEK))

    async def held_by_another(*_args, **_more):
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(timekeeping.waiting, "back_to_review", held_by_another)
        assert await keeping.keep(now + 14 * DAY) == {}
    done = await keeping.keep(now + 14 * DAY)
    assert done["back_to_review"] == 1
    assert done["warned"]
    assert done["escalated"]
