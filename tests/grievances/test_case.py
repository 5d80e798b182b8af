import asyncio
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select, update

from forum.key_shares import key_shares
from forum.members import Role
from grievances import case, checks, deadlines, entries, followups, links, triage
from grievances.case import CLOSED_BY_SILENCE, REOPEN_WITHIN, NoSuchCase, cases, move
from grievances.deadlines import Step
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


async def moved(db, case_id, to, by, now):
    try:
        await move(db, case_id, to, by=by, actor="x", now=now)
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
        for present, to, by in product(State, State, Actor):
            await put(db, case_id, state=present, **ready)
            went = await moved(db, case_id, to, by, now)
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
    assert held.assignee is None
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
