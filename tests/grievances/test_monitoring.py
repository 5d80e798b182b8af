from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from forum import keyholders
from grievances import case, checks, deadlines, entries, followups, monitoring
from grievances.case import cases
from grievances.checks import Answer
from grievances.entries import Audience
from grievances.followups import Kind
from grievances.states import ENDED, OPEN, Actor, State

DAY = timedelta(days=1)
STAFF = {"by": Actor.STAFF, "actor": "a" * 32}


@pytest.fixture
async def resolved(secretary, file, database, now):
    """A case that was resolved just now; returns its id."""
    filed = await file()
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.IMPLEMENTING))
        await case.move(db, filed.case_id, State.RESOLVED, now=now, **STAFF)
    return filed.case_id


@pytest.fixture
def due(database, resolved):
    """Take up what is due at *when*, as the worker does; return how often it asked."""

    async def taken(when, *, reachable=True):
        asked = 0
        async with database.transaction() as db:
            claimed = await followups.claim_due(db, when, limit=9, by="w")
            for one in claimed:
                if one.kind is not Kind.CHECK_IN:
                    continue
                await case.hold(db, resolved)
                assert await followups.done(db, one.id, by="w", now=when)
                asked += await monitoring.due(db, one, reachable=reachable, now=when)
        return asked

    return taken


@pytest.fixture
def says(database, resolved):
    async def said(when, *, solved):
        async with database.transaction() as db:
            await monitoring.answered(db, resolved, solved=solved, now=when)

    return said


@pytest.fixture
def state(database, resolved):
    async def stands():
        async with database.reading() as db:
            return State((await db.execute(select(cases.c.state))).scalar_one())

    return stands


@pytest.fixture
def told(database, resolved, secretary):
    """What staff read of it."""

    async def read():
        async with database.reading() as db:
            key = await keyholders.open_subject(
                db, resolved, secretary.member.id, secretary.private
            )
            return [
                entry.text
                for entry in await entries.read(db, resolved, key)
                if entry.audience is Audience.INTERNAL
            ]

    return read


async def test_the_first_question_begins_the_watch(due, state, now):
    assert await due(now + 13 * DAY) == 0
    assert await state() is State.RESOLVED
    assert await due(now + 14 * DAY) == 1
    assert await state() is State.MONITORING


async def test_yes_to_the_last_closes_it_and_to_the_others_does_not(due, says, state, now):
    for days in (14, 30, 90):
        assert await due(now + days * DAY) == 1
        assert await state() is State.MONITORING
        await says(now + days * DAY, solved=True)
    assert await state() is State.CLOSED


async def test_three_silences_close_it_and_staff_read_of_each(due, state, told, now):
    for days in (14, 30, 90):
        assert await due(now + days * DAY) == 1
    assert await due(now + 103 * DAY) == 0
    assert await state() is State.MONITORING
    assert await due(now + 104 * DAY) == 0
    assert await state() is State.CLOSED
    assert await told() == [monitoring._SILENT] * 3


async def test_whom_nothing_reaches_is_not_asked_and_the_case_closes_in_the_end(
    due, state, told, now
):
    for days in (14, 30, 90):
        assert await due(now + days * DAY, reachable=False) == 0
    assert await state() is State.CLOSED
    assert await told() == [monitoring._NOT_ASKED] * 3


async def test_after_a_long_standstill_only_what_is_fresh_is_asked(due, state, told, now):
    assert await due(now + 95 * DAY) == 1
    assert await state() is State.MONITORING
    assert await told() == [monitoring._TOO_LATE] * 2


@pytest.mark.parametrize("days", [14, 30, 90])
async def test_a_no_opens_it_again_for_another_handler(
    due, says, state, database, resolved, now, days
):
    for each in (14, 30, 90):
        if each <= days:
            await due(now + each * DAY)
    await says(now + days * DAY, solved=False)
    assert await state() is State.TRIAGED
    async with database.reading() as db:
        clocks = await deadlines.of_case(db, resolved)
        *_, reopened, triaged = await case.history(db, resolved)
        left = await checks.of_case(db, resolved, Kind.CHECK_IN)
    assert reopened.word_of is (Actor.REPORTER if days <= 30 else Actor.SYSTEM)
    assert triaged.word_of is Actor.SYSTEM
    assert any(each.met_at is None for each in clocks)
    assert [each.days for each in left] == [each for each in (14, 30, 90) if each <= days]
    assert left[-1].answer is Answer.NO
    assert await due(now + 200 * DAY) == 0


async def test_a_no_after_the_close_opens_it_too(due, says, state, now):
    for days in (14, 30, 90, 104):
        await due(now + days * DAY)
    assert await state() is State.CLOSED
    await says(now + 105 * DAY, solved=False)
    assert await state() is State.TRIAGED


async def test_a_second_resolution_is_watched_from_the_beginning(due, says, state, database, now):
    await due(now + 14 * DAY)
    await says(now + 14 * DAY, solved=False)
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.IMPLEMENTING))
        case_id = (await db.execute(select(cases.c.id))).scalar_one()
        await case.move(db, case_id, State.RESOLVED, now=now + 20 * DAY, **STAFF)
    assert await due(now + 33 * DAY) == 0
    assert await due(now + 34 * DAY) == 1


@pytest.mark.parametrize("ended", sorted(ENDED - {State.CLOSED}))
async def test_a_no_opens_nothing_that_was_taken_back_or_is_elsewhere(
    says, state, database, now, ended
):
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=ended))
    await says(now, solved=False)
    assert await state() is ended


async def test_one_that_is_claimed_while_the_case_moves_is_not_asked(database, due, resolved, now):
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.IN_REVIEW))
    assert await due(now + 14 * DAY) == 0
    async with database.reading() as db:
        first, *_ = await checks.of_case(db, resolved, Kind.CHECK_IN)
    assert (first.asked_at, first.expired_at) == (None, now + 14 * DAY)


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_came_before_a_no_leads_to_an_open_case(due, says, state, now, seed):
    """Also long after the case has closed by itself."""
    dice, when = Random(seed), now
    for _ in range(dice.randrange(8)):
        when += dice.randrange(1, 40) * DAY
        await due(when, reachable=dice.random() < 0.7)
        if dice.random() < 0.3:
            await says(when, solved=True)
    await says(when, solved=False)
    assert await state() in OPEN - monitoring.WATCHED
