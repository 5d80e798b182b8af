import asyncio
from datetime import timedelta

import pytest

from grievances import followups
from grievances.followups import BACKOFF, LASTS, LEASE, Kind

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def case_id(file):
    return (await file()).case_id


@pytest.fixture
def plan(database, case_id, now):
    async def planned(kind=Kind.NUDGE, due=now):
        async with database.transaction() as db:
            return await followups.plan(db, case_id, kind, due)

    return planned


@pytest.fixture
def claim(database):
    async def claimed(when, by="one", limit=100):
        async with database.transaction() as db:
            return await followups.claim_due(db, when, limit=limit, by=by)

    return claimed


@pytest.fixture
def done(database, now):
    async def settled(followup, by="one"):
        async with database.transaction() as db:
            return await followups.done(db, followup.id, by=by, now=now)

    return settled


async def test_nothing_is_claimed_before_its_time(plan, claim, now):
    await plan(due=now + MINUTE)
    assert await claim(now) == []
    assert len(await claim(now + MINUTE)) == 1


async def test_two_workers_never_claim_the_same(plan, claim, now):
    for _ in range(20):
        await plan()
    both = await asyncio.gather(*(claim(now, by, limit=10) for by in ("one", "other")))
    ids = [each.id for claimed in both for each in claimed]
    assert len(ids) == len(set(ids)) >= 10


async def test_a_limit_is_kept(plan, claim, now):
    for _ in range(3):
        await plan()
    assert len(await claim(now, limit=2)) == 2
    assert len(await claim(now, limit=2)) == 1


async def test_a_claim_that_died_is_free_again(plan, claim, now):
    await plan()
    first = await claim(now)
    assert await claim(now + LEASE - MINUTE / 2, by="other") == []
    again = await claim(now + LEASE, by="other")
    assert [each.id for each in again] == [each.id for each in first]


async def test_only_the_latest_claim_can_settle_it_and_once(plan, claim, done, now):
    await plan()
    (lost,) = await claim(now)
    (taken,) = await claim(now + LEASE, by="other")
    assert not await done(lost)
    assert await done(taken, by="other")
    assert not await done(taken, by="other")
    assert await claim(now + 2 * LEASE) == []


async def test_what_failed_waits_longer_each_time(plan, claim, database, now):
    await plan(Kind.ANSWER)
    for wait in (*BACKOFF, BACKOFF[-1]):
        (failed,) = await claim(now)
        async with database.transaction() as db:
            await followups.again(db, failed, by="one", now=now)
        assert await claim(now + wait - MINUTE / 2) == []
        now += wait


async def test_what_is_long_overdue_is_left_alone(plan, claim, now):
    for kind in Kind:
        await plan(kind)
    assert await claim(now + max(LASTS.values())) == []
    assert Kind.NUDGE not in {each.kind for each in await claim(now + LASTS[Kind.NUDGE])}


async def test_after_six_hours_of_standstill_it_is_still_done(plan, claim, now):
    await plan()
    assert len(await claim(now + timedelta(hours=6))) == 1


async def test_what_is_cancelled_is_not_done_even_when_it_is_claimed(
    plan, claim, done, database, case_id, now
):
    await plan(Kind.NUDGE)
    await plan(Kind.CHECK_IN)
    nudge = next(each for each in await claim(now) if each.kind is Kind.NUDGE)
    async with database.transaction() as db:
        await followups.cancel(db, case_id, Kind.NUDGE)
    assert not await done(nudge)
    assert [each.kind for each in await claim(now + LEASE)] == [Kind.CHECK_IN]


async def test_to_cancel_does_not_wait_for_whoever_is_doing_it(
    plan, claim, database, case_id, now
):
    if database.embedded:
        pytest.skip("SQLite has one writer, so nobody else is doing anything")
    await plan()
    (claimed,) = await claim(now)
    async with database.transaction() as doing, database.transaction() as cancelling:
        assert await followups.done(doing, claimed.id, by="one", now=now)
        await asyncio.wait_for(followups.cancel(cancelling, case_id, Kind.NUDGE), 5)
