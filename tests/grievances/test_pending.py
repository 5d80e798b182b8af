"""What waits for a member, in numbers; and nothing of what is hidden from them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from forum.members import Role
from grievances import bells, deadlines, digests, escalation, exclusions, pending, watch
from grievances.bells import Bell
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.deadlines import Step
from grievances.digests import How, Wish
from grievances.exclusions import Why
from grievances.pending import Calls, Waiting
from grievances.states import State

HOUR = timedelta(hours=1)


@pytest.fixture
async def lead(join):
    return await join("lead@example.org", Role.LEAD)


@pytest.fixture
def change(database):
    """Change what stands in clear about a case."""

    async def changed(filed, **values):
        async with database.transaction() as db:
            await db.execute(update(cases).where(cases.c.id == filed.case_id).values(**values))

    return changed


@pytest.fixture
def waits(database, now):
    async def count(person, when=now):
        async with database.reading() as db:
            return await pending.waiting(db, person.member, PLAIN_WEEK, when)

    return count


@pytest.fixture
def calls(database, now):
    async def count(person, when=now):
        async with database.reading() as db:
            return await pending.called(db, person.member, when)

    return count


@pytest.fixture
def wish(database, now):
    async def wished(person, how=How.AT_ONCE):
        async with database.transaction() as db:
            await digests.choose(db, person.member.id, Wish(how), now)

    return wished


@pytest.fixture
def ring(database, now):
    async def rang(filed, kind, *, level=0, when=now):
        bell = Bell(filed.case_id, Step.ACKNOWLEDGE, kind, when, when, level)
        async with database.transaction() as db:
            await pending.call(db, [bell], when)

    return rang


async def keep_out(database, filed, person, by, now):
    async with database.transaction() as db:
        ids = [filed.case_id], [person.member.id]
        await exclusions.exclude(db, *ids, Why.BARRED, by=by.member.id, now=now)


async def test_nothing_waits_on_a_good_day(secretary, handler, waits):
    assert await waits(secretary) == await waits(handler) == Waiting(0, 0, 0)


async def test_who_sorts_is_told_of_what_nobody_has_and_a_handler_of_their_own(
    secretary, handler, file, change, waits
):
    await file()
    theirs = await file()
    await change(theirs, assignee=handler.member.id, quarantine=False)
    assert (await waits(secretary)).cases == 1
    assert (await waits(handler)).cases == 1


async def test_what_has_ended_waits_for_nobody(secretary, file, change, waits):
    await change(await file(), state=State.CLOSED)
    assert await waits(secretary) == Waiting(0, 0, 0)


async def test_due_today_and_passed_are_told_apart_by_the_nearest_date(
    secretary, file, waits, now
):
    await file(category="ABUSE")  # two hours
    await file(category="LAND")  # two working days
    assert await waits(secretary) == Waiting(2, 1, 0)
    assert await waits(secretary, now + 3 * HOUR) == Waiting(2, 0, 1)


async def test_a_clock_that_stands_still_is_not_due(secretary, file, waits, database, now):
    await file(category="ABUSE")
    async with database.transaction() as db:
        await db.execute(update(deadlines.deadlines).values(paused_at=now))
    assert await waits(secretary) == Waiting(1, 0, 0)


async def test_what_has_come_to_a_level_waits_for_who_answers_for_it(
    lead, handler, file, change, waits, database, now
):
    filed = await file()
    await change(filed, level=2, quarantine=False)
    assert (await waits(handler)).cases == 0
    async with database.transaction() as db:
        await escalation.name(db, 2, handler.member, by=lead.member, now=now)
    assert (await waits(handler)).cases == 1


async def test_an_auditor_has_nothing_to_wait_for(join, file, waits):
    auditor = await join("auditor@example.org", Role.AUDITOR)
    await file()
    assert await waits(auditor) == Waiting(0, 0, 0)


async def test_who_is_kept_out_is_told_what_there_would_be_without_it(
    secretary, lead, file, waits, calls, wish, ring, database, change, now
):
    await wish(secretary)
    await file()
    before = await waits(secretary), await calls(secretary)
    hidden = await file(category="CHILD")
    await change(hidden, assignee=secretary.member.id)
    await ring(hidden, bells.Kind.WARNING)
    assert (await waits(secretary), await calls(secretary, now + 2 * HOUR)) != before
    await keep_out(database, hidden, secretary, lead, now)
    assert (await waits(secretary), await calls(secretary, now + 2 * HOUR)) == before


# --- what cannot wait


async def test_a_warning_calls_the_handler_and_nobody_else(
    secretary, handler, file, change, calls, wish, ring, now
):
    await wish(secretary)
    await wish(handler)
    filed = await file(category="LAND")
    await change(filed, assignee=handler.member.id, quarantine=False)
    late = now + timedelta(days=2)
    await ring(filed, bells.Kind.WARNING, when=late)
    assert await calls(handler, late) == Calls(near=1, come=0)
    assert await calls(secretary, late) == Calls(0, 0)


async def test_an_escalation_calls_who_answers_for_its_level(
    secretary, lead, handler, file, change, calls, wish, ring, database, now
):
    for person in (secretary, lead, handler):
        await wish(person)
    async with database.transaction() as db:
        await escalation.name(db, 2, handler.member, by=lead.member, now=now)
    filed = await file(category="LAND")
    await change(filed, level=1)
    await ring(filed, bells.Kind.PASSED, level=1)
    called = [await calls(each) for each in (secretary, lead, handler)]
    assert called == [Calls(0, 0), Calls(0, 1), Calls(0, 0)]
    await change(filed, level=2)
    await ring(filed, bells.Kind.PASSED, level=2)
    assert await calls(handler) == Calls(0, 1)


async def test_who_did_not_wish_it_is_not_called(lead, file, change, wish, ring, database):
    await wish(lead, How.DAILY)
    filed = await file()
    await change(filed, assignee=lead.member.id, level=1)
    await ring(filed, bells.Kind.WARNING)
    await ring(filed, bells.Kind.PASSED, level=1)
    async with database.reading() as db:
        assert (await db.execute(select(digests.calls))).all() == []


async def test_what_was_done_meanwhile_calls_no_more(
    secretary, file, change, calls, wish, ring, database, now
):
    await wish(secretary)
    filed = await file(category="ABUSE")
    await change(filed, assignee=secretary.member.id)
    await ring(filed, bells.Kind.WARNING)
    assert await calls(secretary, now + 2 * HOUR) == Calls(1, 0)
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, Step, now)
    assert await calls(secretary, now + 2 * HOUR) == Calls(0, 0)


async def test_what_was_told_is_told_once_and_anew_when_it_rings_again(
    secretary, file, change, calls, wish, ring, database, now
):
    await wish(secretary)
    filed = await file(category="ABUSE")
    await change(filed, assignee=secretary.member.id)
    late = now + 2 * HOUR
    await ring(filed, bells.Kind.WARNING)
    async with database.transaction() as db:
        await pending.told(db, secretary.member.id, "d1")
    assert await calls(secretary, late) == Calls(0, 0)
    await ring(filed, bells.Kind.WARNING)
    assert await calls(secretary, late) == Calls(1, 0)


async def test_the_clocks_of_the_case_room_call(
    secretary, file, change, calls, wish, database, now
):
    await wish(secretary)
    filed = await file(category="ABUSE")
    await change(filed, assignee=secretary.member.id)
    late = now + 1.7 * HOUR
    async with database.transaction() as db:
        await pending.call(db, (await watch.warn(db, late)).rang, late)
    assert await calls(secretary, late) == Calls(1, 0)
