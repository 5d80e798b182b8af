from datetime import timedelta

import pytest
from sqlalchemy import select, update

from grievances import checks, followups
from grievances.case import cases
from grievances.checks import PATIENCE, STALE_AFTER, Answer
from grievances.followups import Kind

DAY = timedelta(days=1)
KINDS = (Kind.CHECK_IN, Kind.RETALIATION)


@pytest.fixture
async def case_id(file):
    return (await file()).case_id


@pytest.fixture
def plan(database, case_id, now):
    async def planned(kind=Kind.CHECK_IN, after=(14, 30, 90)):
        async with database.transaction() as db:
            await checks.plan(db, case_id, kind, after, now)

    return planned


@pytest.fixture
def known(database, case_id):
    async def found(kind=Kind.CHECK_IN):
        async with database.reading() as db:
            return await checks.of_case(db, case_id, kind)

    return found


@pytest.fixture
def do(database):
    """Do something with checks in a transaction of its own."""

    async def done(act, *args):
        async with database.transaction() as db:
            return await act(db, *args)

    return done


@pytest.fixture
def claim(database):
    async def claimed(when):
        async with database.transaction() as db:
            return await followups.claim_due(db, when, limit=9, by="w")

    return claimed


async def test_each_is_planned_so_many_days_later(plan, known, now):
    await plan()
    assert [(each.days, each.due_at, each.waits) for each in await known()] == [
        (days, now + days * DAY, False) for days in (14, 30, 90)
    ]


@pytest.mark.parametrize("kind", KINDS)
async def test_one_that_was_asked_is_due_again_when_the_patience_ends(
    plan, known, do, claim, now, kind
):
    await plan(kind, (14,))
    (followup,) = await claim(now + 14 * DAY)
    (check,) = await known(kind)
    await do(lambda db: followups.done(db, followup.id, by="w", now=now + 14 * DAY))
    await do(checks.asked, check, now + 14 * DAY)
    (check,) = await known(kind)
    assert check.waits
    end = now + 14 * DAY + PATIENCE[kind]
    assert await claim(end - DAY) == []
    assert [each.id for each in await claim(end)] == [followup.id]


async def test_an_answer_ends_it(plan, known, do, claim, case_id, now):
    await plan(after=(14,))
    (check,) = await known()
    await do(checks.asked, check, now)
    told = await do(checks.answered, case_id, Kind.CHECK_IN, Answer.NO, now + DAY)
    assert told.days == 14
    (check,) = await known()
    assert (check.answer, check.answered_at, check.waits) == (Answer.NO, now + DAY, False)
    assert await claim(now + 999 * DAY) == []


async def test_an_answer_is_to_what_was_asked_last_and_counts_once(plan, known, do, case_id, now):
    await plan(after=(14, 30))
    for n, check in enumerate(await known()):
        await do(checks.asked, check, now + n * DAY)
    first, second = await known()
    assert (first.expired_at, second.waits) == (now + DAY, True)
    said = (case_id, Kind.CHECK_IN, Answer.YES, now + 2 * DAY)
    assert (await do(checks.answered, *said)).days == 30
    assert await do(checks.answered, *said) is None


async def test_an_answer_that_comes_late_counts(plan, known, do, case_id, now):
    await plan(after=(14,))
    (check,) = await known()
    await do(checks.asked, check, now)
    await do(checks.give_up, check, now + 14 * DAY)
    await do(checks.answered, case_id, Kind.CHECK_IN, Answer.NO, now + 20 * DAY)
    (check,) = await known()
    assert (check.answer, check.expired_at) == (Answer.NO, now + 14 * DAY)


async def test_what_was_never_asked_has_no_answer(plan, do, case_id, now):
    await plan()
    assert await do(checks.answered, case_id, Kind.CHECK_IN, Answer.NO, now) is None


async def test_to_drop_forgets_what_was_not_asked_and_waits_no_more_for_the_rest(
    plan, known, do, claim, case_id, now
):
    await plan()
    await plan(Kind.RETALIATION)
    await do(checks.asked, (await known())[0], now)
    await do(checks.drop, case_id, Kind.CHECK_IN, now + DAY)
    (left,) = await known()
    assert (left.asked_at, left.expired_at, left.answer) == (now, now + DAY, None)
    assert {each.kind for each in await claim(now + 99 * DAY)} == {Kind.RETALIATION}


async def test_one_that_is_not_asked_in_time_is_not_worth_asking(plan, known, do, now):
    await plan(after=(14,))
    (check,) = await known()
    assert not check.stale(check.due_at + STALE_AFTER)
    assert check.stale(check.due_at + STALE_AFTER + DAY)
    await do(checks.asked, check, now)
    assert not (await known())[0].stale(now + 999 * DAY)


async def test_a_case_is_outstanding_until_the_last_is_over(plan, known, do, database, now):
    async def outstanding():
        async with database.reading() as db:
            asks = checks.outstanding(cases.c.id, Kind.RETALIATION)
            return (await db.execute(select(cases.c.id).where(asks))).scalars().all()

    assert await outstanding() == []
    await plan(Kind.RETALIATION, (7,))
    (check,) = await known(Kind.RETALIATION)
    assert await outstanding() == [check.case_id]
    await do(checks.asked, check, now)
    assert await outstanding() == [check.case_id]
    await do(checks.give_up, check, now)
    assert await outstanding() == []


async def test_giving_up_leaves_an_answer_alone(plan, known, do, database, case_id, now):
    await plan(after=(14,))
    (check,) = await known()
    await do(checks.asked, check, now)
    await do(checks.answered, case_id, Kind.CHECK_IN, Answer.YES, now)
    await do(checks.give_up, check, now + DAY)
    assert (await known())[0].expired_at is None
    async with database.transaction() as db:
        await db.execute(update(followups.followups).values(days=None))
    assert (await known())[0].days == 0


async def test_two_sorts_are_not_asked_on_one_day(plan, known, do, claim, database, now):
    async def crowded(check, when):
        async with database.reading() as db:
            return await checks.crowded(db, check, when)

    await plan(after=(30,))
    await plan(Kind.RETALIATION, (30,))
    (one,), (other,) = await known(), await known(Kind.RETALIATION)
    when = now + 30 * DAY
    assert not await crowded(other, when)
    await do(checks.asked, one, when)
    assert await crowded(other, when)
    assert not await crowded(other, when + DAY)
    (claimed,) = await claim(when)
    await do(checks.postpone, other, when)
    assert [each.id for each in await claim(when + DAY)] == [claimed.id] == [other.id]


async def test_what_was_dropped_is_planned_again_but_for_what_was_asked(
    plan, known, do, case_id, now
):
    await plan()
    await do(checks.asked, (await known())[0], now + 14 * DAY)
    await do(checks.drop, case_id, Kind.CHECK_IN, now + 20 * DAY)
    for _ in "twice":
        await do(checks.resume, case_id, Kind.CHECK_IN, (14, 30, 90), now)
        assert [(each.days, each.due_at) for each in await known() if not each.done_at] == [
            (days, now + days * DAY) for days in (30, 90)
        ]
