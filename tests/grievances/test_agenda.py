from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from forum.members import Role
from grievances import agenda, exclusions
from grievances.deadlines import FROM_THE_START, Step, deadlines
from grievances.exclusions import Why
from tests.support.lives import lives, write

FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def made(database, now, handler):
    many = lives(now, 120, handlers=[handler.member.id], days=40)
    async with database.transaction() as db:
        await write(db, many)
    return many


def waiting(made):
    """Return (due, case, step) of all that waits, from the lives themselves."""
    return sorted(
        (clock.due, life.id, step)
        for life in made
        for step, clock in life.clocks.items()
        if clock.met is None
    )


def told(items):
    return [(item.due_at, item.case_id, item.step) for item in items]


async def test_all_that_waits_is_listed_in_order_page_by_page(
    made, database, secretary, now, monkeypatch
):
    monkeypatch.setattr(agenda, "PAGE", 7)
    seen, page, fresh = [], None, True
    async with database.reading() as db:
        while fresh or page:
            found = await agenda.between(db, secretary.member, now, FAR, page=page)
            seen, page, fresh = [*seen, *found.items], found.next, False
    by_hand = [one for one in waiting(made) if one[0] >= now]
    assert len(by_hand) > 20
    assert told(seen) == by_hand


async def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(
    file, database, secretary, now
):
    await file(category="DANGER")
    due = now + timedelta(hours=24)
    async with database.reading() as db:
        at = await agenda.between(db, secretary.member, due, due + timedelta(microseconds=1))
        before = await agenda.between(db, secretary.member, now, due)
    assert {item.step for item in at.items} == {Step.ACKNOWLEDGE, Step.TRIAGE}
    assert before.items == []


@pytest.mark.parametrize("page", ["", "x", "_", "2026-05-12_a_b", "\0_a_triage"])
async def test_a_damaged_cursor_begins_at_the_front(file, database, secretary, now, page):
    await file()
    async with database.reading() as db:
        found = await agenda.between(db, secretary.member, now, FAR, page=page)
    assert len(found.items) == len(FROM_THE_START)


async def test_what_is_past_due_is_told_with_one_more_than_is_shown(
    made, database, secretary, now, monkeypatch
):
    late = [one for one in waiting(made) if one[0] <= now]
    assert len(late) > 4
    async with database.reading() as db:
        assert (
            told(await agenda.past(db, secretary.member, now))[: agenda.PAST]
            == late[: agenda.PAST]
        )
        monkeypatch.setattr(agenda, "PAST", 3)
        assert told(await agenda.past(db, secretary.member, now)) == late[:4]


async def test_days_are_counted_by_the_forums_clock(made, database, secretary, now):
    zone = ZoneInfo("Africa/Nairobi")
    days = [date(2026, 5, 1) + timedelta(days=n) for n in range(31)]
    async with database.reading() as db:
        counts = await agenda.by_day(db, secretary.member, days, zone, now)
    ahead = [due.astimezone(zone).date() for due, *_ in waiting(made) if due > now]
    assert counts == {day: ahead.count(day) for day in days}
    assert sum(counts.values()) > 10


async def test_what_is_met_or_stands_still_is_not_due(file, database, secretary, now):
    filed = await file()
    of_it = update(deadlines).where(deadlines.c.case_id == filed.case_id)
    async with database.transaction() as db:
        await db.execute(of_it.where(deadlines.c.step == Step.TRIAGE).values(met_at=now))
        await db.execute(of_it.where(deadlines.c.step == Step.FEEDBACK).values(paused_at=now))
    async with database.reading() as db:
        found = await agenda.between(db, secretary.member, now, FAR)
    assert {item.step for item in found.items} == {*FROM_THE_START} - {Step.TRIAGE, Step.FEEDBACK}


async def test_nobody_is_told_of_what_they_may_not_see(
    file, database, secretary, handler, now, join
):
    lead = await join("lead@example.org", Role.LEAD)
    filed = await file()
    async with database.transaction() as db:
        ids = [filed.case_id], [secretary.member.id]
        await exclusions.exclude(db, *ids, Why.BARRED, by=lead.member.id, now=now)
    later = now + timedelta(days=200)
    async with database.reading() as db:
        for person, sees in ((secretary, False), (handler, False), (lead, True)):
            days = [date(2026, 5, 12) + timedelta(days=n) for n in range(10)]
            counts = await agenda.by_day(db, person.member, days, UTC, now)
            assert any(counts.values()) is sees
            assert bool(await agenda.past(db, person.member, later)) is sees
            assert bool((await agenda.between(db, person.member, now, FAR)).items) is sees
