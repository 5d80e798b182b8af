import asyncio
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update

from forum.key_shares import key_shares
from forum.members import Role
from grievances import (
    actions,
    case,
    checks,
    deadlines,
    entries,
    followups,
    hands,
    links,
    triage,
)
from grievances.calendars import PLAIN_WEEK
from grievances.case import CLOSED_BY_SILENCE, REOPEN_WITHIN, NoSuchCase, Turn, cases, move
from grievances.deadlines import Step
from grievances.hands import Part
from grievances.links import Kind
from grievances.severity import Severity
from grievances.states import ENDED, Actor, NotAllowed, State, allowed

BY = {"by": Actor.STAFF, "actor": "a" * 32}


async def put(db, case_id, **values):
    await db.execute(update(cases).where(cases.c.id == case_id).values(**values))


async def state_of(database, case_id):
    async with database.reading() as db:
        found = await db.execute(select(cases.c.state).where(cases.c.id == case_id))
        return State(found.scalar_one())


async def moved(db, case_id, to, by, now, actor="x"):
    try:
        await move(db, case_id, to, by=by, actor=actor, now=now)
    except NotAllowed:
        return False
    return True


async def test_the_database_moves_a_case_as_the_whole_table_says(database, file, secretary, now):
    case_id = (await file()).case_id
    ready = {"assignee": secretary.member.id, "resolved_at": now, "severity": Severity.S4}
    leading_one = (await file()).case_id
    async with database.transaction() as db:
        same = leading_one, Kind.DUPLICATE
        await links.join(db, case_id, *same, by="x", now=now)  # or none could be a duplicate
        planned = {"id": "a" * 32, "case_id": case_id, "made_at": now, "what": b"-"}
        await db.execute(insert(actions.actions).values(due=now.date(), **planned))
        for n, (present, to, by) in enumerate(product(State, State, Actor)):
            await put(db, case_id, state=present, turn=None, **ready)
            open_when = None if to is State.IMPLEMENTING else now
            await db.execute(update(actions.actions).values(cancelled_at=open_when))
            went = await moved(db, case_id, to, by, now, actor=f"x{n}")
            assert went == allowed(present, to, by), (present, to, by)


async def test_of_many_at_once_one_moves_it(database, file, now):
    case_id = (await file()).case_id

    async def redirect():
        async with database.transaction() as db:
            await move(db, case_id, State.REDIRECTED, now=now, **BY)

    results = await asyncio.gather(*(redirect() for _ in range(8)), return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, NotAllowed) for result in results) == 7
    async with database.reading() as db:
        assert len(await case.history(db, case_id)) == 1


async def test_a_case_that_is_not_there_does_not_move(database, now):
    async with database.transaction() as db:
        with pytest.raises(NoSuchCase):
            await move(db, "0" * 32, State.TRIAGED, now=now, **BY)


async def test_a_refused_move_leaves_no_trace(database, file, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        with pytest.raises(NotAllowed):
            await move(db, case_id, State.CLOSED, now=now, **BY)
        assert await case.history(db, case_id) == []
    assert await state_of(database, case_id) is State.RECEIVED


async def test_the_history_tells_who_moved_it_on_whose_word(database, file, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        await move(db, case_id, State.TRIAGED, now=now, **BY)
    async with database.reading() as db:
        (line,) = await case.history(db, case_id)
    assert (line.present, line.state) == (State.RECEIVED, State.TRIAGED)
    assert (line.word_of, line.actor, line.at) == (Actor.STAFF, "a" * 32, now)


async def test_a_reason_is_sealed_and_for_staff_only(database, file, secretary, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        await move(db, case_id, State.REDIRECTED, now=now, reason="not ours", **BY)
        rows = (await db.execute(select(entries.entries))).all()
    assert [row.audience for row in rows] == ["reporter", "internal"]
    assert b"not ours" not in rows[1].sealed


async def test_nobody_is_assigned_by_a_move_alone(database, file, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        await put(db, case_id, state=State.TRIAGED)
        with pytest.raises(NotAllowed):
            await move(db, case_id, State.ASSIGNED, now=now, **BY)


async def test_silence_closes_only_what_is_not_grave(database, file, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        for severity in Severity:
            await put(db, case_id, state=State.PROPOSED, severity=severity)
            closed = await moved(db, case_id, State.CLOSED, Actor.SYSTEM, now)
            assert closed == (severity in CLOSED_BY_SILENCE)


async def test_a_refusal_says_from_where_to_where(database, file, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        with pytest.raises(NotAllowed) as refused:
            await move(db, case_id, State.CLOSED, now=now, **BY)
    assert (refused.value.present, refused.value.to) == (State.RECEIVED, State.CLOSED)


REPORTER = {"by": Actor.REPORTER, "actor": "reporter"}


async def test_a_reporter_reopens_within_thirty_days_and_staff_at_any_time(database, file, now):
    case_id = (await file()).case_id
    late = now + REOPEN_WITHIN + timedelta(seconds=1)
    async with database.transaction() as db:
        await put(db, case_id, state=State.CLOSED, resolved_at=now)
        with pytest.raises(NotAllowed):
            await move(db, case_id, State.REOPENED, now=late, **REPORTER)
        await move(db, case_id, State.REOPENED, now=now + REOPEN_WITHIN, **REPORTER)
        await put(db, case_id, state=State.CLOSED)
        await move(db, case_id, State.REOPENED, now=late, **BY)


async def _unmet(db, case_id):
    return {d.step for d in await deadlines.of_case(db, case_id) if d.met_at is None}


async def test_arriving_meets_deadlines(database, file, secretary, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        await put(db, case_id, assignee=secretary.member.id)
        await move(db, case_id, State.TRIAGED, now=now, **BY)
        assert Step.TRIAGE not in await _unmet(db, case_id)
        await move(db, case_id, State.ASSIGNED, now=now, **BY)
        await move(db, case_id, State.IN_REVIEW, now=now, **BY)
        assert await _unmet(db, case_id) == {Step.ACKNOWLEDGE, Step.FEEDBACK, Step.TOTAL}


async def test_what_has_ended_is_never_overdue(database, file, now):
    for ended in ENDED:
        case_id, other_id = (await file()).case_id, (await file()).case_id
        by = REPORTER if ended is State.WITHDRAWN else BY
        async with database.transaction() as db:
            await put(db, case_id, state=State.MONITORING)
            if ended is State.DUPLICATE:
                same = other_id, Kind.DUPLICATE
                await links.join(db, case_id, *same, by="x", now=now)
            await move(db, case_id, ended, now=now, **by)
            assert await _unmet(db, case_id) == set()


async def test_a_solution_plans_three_checks(database, file, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        await put(db, case_id, state=State.IMPLEMENTING)
        await move(db, case_id, State.RESOLVED, now=now, **BY)
        planned = await checks.of_case(db, case_id, followups.Kind.CHECK_IN)
    assert [(each.days, each.due_at) for each in planned] == [
        (days, now + timedelta(days=days)) for days in (14, 30, 90)
    ]


async def test_who_has_a_proposal_is_reminded_twice_and_no_more_once_it_goes_on(
    database, file, now
):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        await put(db, case_id, state=State.IN_REVIEW)
        await move(db, case_id, State.PROPOSED, now=now, **BY)
        for wait in followups.NUDGES_AFTER:
            (due,) = await followups.claim_due(db, now + wait, limit=9, by="w")
            assert due.kind is followups.Kind.REMIND
        await move(db, case_id, State.AGREED, now=now, **REPORTER)
        later = now + wait + followups.LEASE
        assert await followups.claim_due(db, later, limit=9, by="w") == []


async def test_what_is_reopened_starts_again_with_another_handler(
    database, file, secretary, handler, now
):
    case_id = (await file()).case_id
    later = now + timedelta(days=10)
    async with database.transaction() as db:
        await move(db, case_id, State.TRIAGED, now=now, **BY)
        await triage.assign(
            db,
            case_id,
            handler.member,
            by=secretary.member,
            by_private=secretary.private,
            now=now,
        )
        await put(db, case_id, state=State.IMPLEMENTING)
        await move(db, case_id, State.RESOLVED, now=now, **BY)
        await move(db, case_id, State.REOPENED, now=later, **BY)
        due = await deadlines.of_case(db, case_id)
        held = await case.hold(db, case_id)
        assert await followups.claim_due(db, now + timedelta(days=14), limit=9, by="w") == []
        parts = await hands.deciders(db, case_id)
    assert held.assignee is None
    assert held.turn == Turn.REOPENED
    assert handler.member.id in parts
    again = [each for each in due if each.step is not Step.TOTAL]
    assert all(each.met_at is None and each.due_at > later for each in again)


async def test_a_case_that_waits_reminds_twice_and_stops_when_it_goes_on(database, file, now):
    case_id = (await file()).case_id
    first, second = followups.NUDGES_AFTER

    async def reminded(db, when):
        return [one.kind for one in await followups.claim_due(db, when, limit=9, by="w")]

    async with database.transaction() as db:
        await put(db, case_id, state=State.IN_REVIEW)
        await followups.plan(db, case_id, followups.Kind.NUDGE, now)
        await move(db, case_id, State.WAITING_REPORTER, now=now, **BY)
        feedback = {one.step: one for one in await deadlines.of_case(db, case_id)}[Step.FEEDBACK]
        assert feedback.paused_at == now
        assert await reminded(db, now + first) == [followups.Kind.REMIND]
        await move(db, case_id, State.IN_REVIEW, now=now + first, **BY)
        assert followups.Kind.REMIND not in await reminded(db, now + second)
        feedback = {one.step: one for one in await deadlines.of_case(db, case_id)}[Step.FEEDBACK]
        assert feedback.paused_at is None


async def test_who_no_longer_handles_a_case_has_no_key_to_it(
    database, file, secretary, join, handler, now
):
    case_id = (await file()).case_id
    await join("another@example.org", Role.HANDLER)
    async with database.transaction() as db:
        await move(db, case_id, State.TRIAGED, now=now, **BY)
        await triage.assign(
            db,
            case_id,
            handler.member,
            by=secretary.member,
            by_private=secretary.private,
            now=now,
        )
        assert handler.member.id in await _holders(db, case_id)
        await case.release(db, await case.hold(db, case_id))
        assert await _holders(db, case_id) == {secretary.member.id, "recovery"}


async def _holders(db, case_id):
    found = await db.execute(select(key_shares.c.member_id).where(key_shares.c.subject == case_id))
    return set(found.scalars())


# --- who may not make a move that the table knows -----------------------------------------------


@pytest.fixture
def plan(database, now):
    """Put an action of a case straight into its table."""

    async def planned(case_id, **values):
        row = {"id": uuid4().hex, "case_id": case_id, "made_at": now, "what": b"-"}
        async with database.transaction() as db:
            await db.execute(insert(actions.actions).values(due=now.date(), **row, **values))

    return planned


async def _went(database, case_id, present, to, now, actor="x", by=Actor.STAFF, **values):
    async with database.transaction() as db:
        await put(db, case_id, state=present, **values)
        return await moved(db, case_id, to, by, now, actor=actor)


async def test_a_remedy_begins_with_something_to_do(database, file, plan, now):
    case_id = (await file()).case_id
    begin = database, case_id, State.AGREED, State.IMPLEMENTING, now
    assert not await _went(*begin)
    await plan(case_id, cancelled_at=now)
    await plan(case_id, done_at=now)  # of the remedy before
    assert not await _went(*begin)
    await plan(case_id)
    assert await _went(*begin)


async def test_a_remedy_ends_with_nothing_left_to_do(database, file, plan, now):
    case_id = (await file()).case_id
    end = database, case_id, State.IMPLEMENTING, State.RESOLVED, now
    await plan(case_id)
    assert not await _went(*end)
    async with database.transaction() as db:
        await db.execute(update(actions.actions).values(cancelled_at=now))
    assert await _went(*end)


async def test_a_remedy_is_confirmed_by_other_eyes(database, file, secretary, plan, now):
    case_id = (await file()).case_id
    end = database, case_id, State.IMPLEMENTING, State.RESOLVED, now
    await plan(case_id, done_at=now, done_by="doer")
    assert not await _went(*end, actor="doer")
    assert not await _went(*end, actor=secretary.member.id, assignee=secretary.member.id)
    assert await _went(*end, actor="other")
    # Of the next remedy, somebody else may be the one who does it.
    await plan(case_id, done_at=now, done_by="other")
    assert not await _went(*end, actor="other")
    assert await _went(*end, actor="doer")


@pytest.mark.parametrize("to", [State.IN_REVIEW, State.CLOSED])
@pytest.mark.parametrize("part", Part)
async def test_who_decided_does_not_decide_on_the_appeal(database, file, now, part, to):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        await hands.record(db, case_id, {"judge": part}, now)
    decide = database, case_id, State.APPEALED, to, now
    assert not await _went(*decide, actor="judge")
    assert await _went(*decide, actor="other")


async def test_what_the_panel_let_stand_is_not_appealed_again(database, file, now):
    case_id = (await file()).case_id
    assert await _went(database, case_id, State.APPEALED, State.CLOSED, now, actor="judge")
    appeal = database, case_id, State.CLOSED, State.APPEALED, now
    assert not await _went(*appeal, by=Actor.REPORTER, actor="reporter")
    assert await _went(*appeal, by=Actor.REPORTER, actor="reporter", turn=Turn.REOPENED)


async def test_an_appeal_has_a_clock_of_its_own_and_gives_the_case_to_another(
    database, file, secretary, handler, now
):
    case_id = (await file()).case_id
    later = now + timedelta(days=3)
    async with database.transaction() as db:
        await put(db, case_id, state=State.PROPOSED, assignee=handler.member.id)
        await deadlines.meet(db, case_id, [Step.FEEDBACK, Step.TOTAL], now)
        await move(db, case_id, State.APPEALED, now=now, **REPORTER)
        clock = {each.step: each for each in await deadlines.of_case(db, case_id)}[Step.APPEAL]
        assert (clock.met_at, clock.due_at) == (None, now + timedelta(days=30))
        await move(db, case_id, State.IN_REVIEW, by=Actor.STAFF, actor="judge", now=later)
        held = await case.hold(db, case_id)
        clocks = {each.step: each for each in await deadlines.of_case(db, case_id)}
    assert (held.assignee, held.turn) == (None, Turn.UPHELD)
    assert clocks[Step.APPEAL].met_at == later
    assert clocks[Step.FEEDBACK].due_at == later + timedelta(days=21)
    assert clocks[Step.TOTAL].met_at == now


async def test_feedback_that_is_still_due_stays_due_when_the_case_changes_hands(
    database, file, handler, now
):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        before = await deadlines.of_case(db, case_id)
        await put(db, case_id, assignee=handler.member.id)
        held = await case.hold(db, case_id)
        later = now + timedelta(days=3)
        await case.hand_back(db, held, Turn.REFUSED, later, PLAIN_WEEK)
        assert await deadlines.of_case(db, case_id) == before
