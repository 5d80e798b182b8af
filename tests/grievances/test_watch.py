import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from forum import audit
from forum.members import Role
from grievances import bells, case, deadlines, escalation, exclusions, limits, watch
from grievances.bells import Kind
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.deadlines import LIMIT, Step
from grievances.states import Actor, State

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def warn(database):
    async def warned(when, **more):
        async with database.transaction() as db:
            return (await watch.warn(db, when, **more)).rang

    return warned


@pytest.fixture
def escalate(database):
    async def escalated(when, **more):
        async with database.transaction() as db:
            return (await watch.escalate(db, PLAIN_WEEK, when, **more)).rang

    return escalated


@pytest.fixture
def level(database):
    async def of(filed):
        async with database.reading() as db:
            found = await db.execute(select(cases.c.level).where(cases.c.id == filed.case_id))
            return found.scalar_one()

    return of


def steps(rang):
    return [bell.step for bell in rang]


async def test_each_is_claimed_once_and_only_when_it_is_time(file, warn, escalate, now):
    await file(category="ABUSE")
    warned = [steps(await warn(now + n * HOUR)) for n in (1, 1.6, 2)]
    assert warned == [[], [Step.ACKNOWLEDGE], []]
    passed = [steps(await escalate(now + n * HOUR)) for n in (1.9, 2, 2)]
    assert passed == [[], [Step.ACKNOWLEDGE], []]


async def test_what_is_met_in_time_is_never_claimed(database, file, warn, escalate, now):
    filed = await file()
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, Step, now)
    assert await warn(now + 400 * DAY) == []
    assert await escalate(now + 400 * DAY) == []


async def test_what_stands_still_is_not_claimed(database, file, warn, escalate, now):
    await file()
    async with database.transaction() as db:
        await db.execute(update(deadlines.deadlines).values(paused_at=now))
    assert await warn(now + 400 * DAY) == []
    assert await escalate(now + 400 * DAY) == []


async def test_each_due_date_that_passes_raises_the_case_by_one(file, escalate, level, now):
    filed = await file(category="ABUSE")
    for hours, reached in ((1, 0), (2, 1), (3, 1), (4, 3)):  # at four both are over again
        await escalate(now + hours * HOUR)
        assert await level(filed) == reached


async def test_whoever_it_comes_to_has_a_term_of_their_own_after_an_outage(
    file, escalate, level, database, now
):
    filed = await file(category="ABUSE")
    async with database.transaction() as db:
        others = set(Step) - {Step.ACKNOWLEDGE}
        await deadlines.meet(db, filed.case_id, others, now)
    for hours, reached in ((50, 1), (51, 1), (52, 2)):
        await escalate(now + hours * HOUR)
        assert await level(filed) == reached


async def test_at_the_top_only_the_law_is_called_out(file, escalate, level, database, now):
    filed = await file(category="ABUSE")
    async with database.transaction() as db:
        others = set(Step) - {Step.ACKNOWLEDGE}
        await deadlines.meet(db, filed.case_id, others, now)
    rang = []
    for hours in range(24 * 9):
        rang += await escalate(now + hours * HOUR)
    assert await level(filed) == escalation.TOP
    assert [bell.due_at - now for bell in rang] == [2 * HOUR, 4 * HOUR, 6 * HOUR, 8 * HOUR, LIMIT]
    assert [bell.legal for bell in rang] == [False] * 4 + [True]


async def test_three_months_without_feedback_are_a_line_in_the_report(
    file, secretary, warn, escalate, database, now
):
    filed = await file()
    async with database.transaction() as db:
        await deadlines.meet(db, filed.case_id, set(Step) - {Step.TOTAL}, now)
    due = now.replace(month=8)
    assert steps(await warn(due - 20 * DAY)) == []
    assert steps(await warn(due - 18 * DAY)) == [Step.TOTAL]
    (bell,) = await escalate(due)
    assert (bell.step, bell.level, bell.legal) == (Step.TOTAL, 1, True)
    async with database.reading() as db:
        (line,) = await limits.passed(db, secretary.member, due, due + DAY, most=9)
    assert (line.step, line.due_at, line.level) == (Step.TOTAL, due, 1)


async def test_an_empty_level_is_passed_over(file, join, escalate, level, database, now):
    filed, lead = await file(category="ABUSE"), await join("lead@example.org", Role.LEAD)
    outside = await join("outside@example.org", Role.HANDLER)
    async with database.transaction() as db:
        await escalation.name(db, 4, outside.member, by=lead.member, now=now)
        out = [lead.member.id]
        await exclusions.exclude(
            db, [filed.case_id], out, exclusions.Why.NAMED, by=outside.member.id, now=now
        )
    await escalate(now + 2 * HOUR)
    assert await level(filed) == 4


async def test_an_escalation_is_written_down(file, escalate, database, now):
    filed = await file(category="ABUSE")
    await escalate(now + 2 * HOUR)
    async with database.reading() as db:
        (line,) = await audit.recent(db, limit=1)
        (bell,) = await bells.of_case(db, filed.case_id)
    assert (line.actor, line.act, line.subject) == ("system", "case.escalated.1", filed.case_id)
    assert (bell.kind, bell.step, bell.level) == (Kind.PASSED, Step.ACKNOWLEDGE, 1)


async def test_what_nobody_has_escalates_like_any_other_and_what_ended_does_not(
    file, escalate, level, database, now
):
    open_one, ended = await file(), await file()
    async with database.transaction() as db:
        by = {"by": Actor.REPORTER, "actor": "reporter", "now": now}
        await case.move(db, ended.case_id, State.WITHDRAWN, **by)
    await escalate(now + 30 * DAY)
    assert (await level(open_one), await level(ended)) == (4, 0)


async def test_a_level_is_never_lowered(file, escalate, level, database, now):
    filed = await file(category="ABUSE")
    await escalate(now + 2 * HOUR)
    async with database.transaction() as db:
        by = {"by": Actor.STAFF, "actor": "x"}
        await case.move(db, filed.case_id, State.REDIRECTED, now=now, **by)
        await case.move(db, filed.case_id, State.REOPENED, now=now, **by)
    assert await level(filed) == 1


async def test_a_chunk_holds_so_many_cases_and_leaves_the_rest(file, warn, now):
    for _ in range(5):
        await file(category="ABUSE")
    counts = [len(await warn(now + 1.6 * HOUR, limit=2)) for _ in range(4)]
    assert counts == [2, 2, 1, 0]


async def test_who_dies_before_the_commit_has_claimed_nothing(
    file, escalate, level, database, now
):
    filed = await file(category="ABUSE")
    with pytest.raises(RuntimeError):
        async with database.transaction() as db:
            assert (await watch.escalate(db, PLAIN_WEEK, now + 2 * HOUR)).rang
            raise RuntimeError
    assert await level(filed) == 0
    assert steps(await escalate(now + 2 * HOUR)) == [Step.ACKNOWLEDGE]


async def test_two_who_tick_at_once_ring_each_bell_once(file, escalate, database, now):
    for _ in range(20):
        await file(category="ABUSE")
    rang = await asyncio.gather(*(escalate(now + 2 * HOUR, limit=5) for _ in range(8)))
    rang.append(await escalate(now + 2 * HOUR))
    found = [bell.case_id for chunk in rang for bell in chunk]
    assert len(found) == len(set(found)) == 20
