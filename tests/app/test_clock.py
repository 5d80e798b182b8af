import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select

from app.clock import Clock
from app.errands import Errands
from grievances import followups as due_things
from grievances.followups import LASTS, Kind, followups
from storage.engine import connect


@pytest.fixture
async def clock():
    made = Clock()
    yield made
    await made.stop()


async def until(true):
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


async def test_a_tick_comes_at_once_and_again(clock):
    ticks: list[datetime] = []

    async def tick(now):
        ticks.append(now)

    clock.every(0.05, tick)
    clock.start()
    await until(lambda: len(ticks) > 2)
    assert all(ticks[0].tzinfo for _ in ticks)


async def test_a_slow_tick_never_runs_beside_itself(clock):
    running, most = 0, 0

    async def slow(_now):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.15)
        running -= 1

    clock.every(0.05, slow)
    clock.start()
    await asyncio.sleep(0.5)
    assert most == 1


async def test_a_tick_that_fails_does_not_end_the_clock(clock):
    ticks = 0

    async def failing(_now):
        nonlocal ticks
        ticks += 1
        raise ValueError

    clock.every(0.05, failing)
    clock.start()
    await until(lambda: ticks > 2)


async def test_a_clock_that_stops_lets_a_tick_under_way_finish(clock):
    began, finished = 0, 0

    async def slow(_now):
        nonlocal began, finished
        began += 1
        await asyncio.sleep(0.2)
        finished += 1

    clock.every(0.01, slow)
    clock.start()
    await until(lambda: began)
    await clock.stop()
    assert finished == began
    await asyncio.sleep(0.05)
    assert finished == began


async def test_a_clock_that_stops_does_not_wait_for_ever(clock, monkeypatch):
    monkeypatch.setattr("app.clock.STOP_SECONDS", 0.05)
    ended = []

    async def endless(_now):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    clock.every(0.01, endless)
    clock.start()
    await asyncio.sleep(0.05)
    await clock.stop()
    await until(lambda: ended)


# --- two processes, one database


class Noting(Errands):
    """Notes which follow-ups it does, and does nothing else for them."""

    def __init__(self, house, name):
        super().__init__(house, name)
        self.did = []

    async def _do(self, db, followup, now):
        if await due_things.done(db, followup.id, by=self._name, now=now):
            self.did.append(followup.id)


class Scheduler:
    """One process as far as the clock goes: its ticks, and connections of its own."""

    def __init__(self, name, house, database):
        self.database = database
        self.errands = Noting(replace(house, database=database), name)
        self.clock = Clock()
        self.clock.every(0.05, self.tick)

    async def tick(self, now):
        while await self.errands.follow_up(now):
            pass

    async def stop(self):
        await self.clock.stop()
        await self.database.close()


@pytest.fixture
async def schedulers(house, database_url, tmp_path):
    made = [Scheduler(name, house, connect(database_url, tmp_path)) for name in ("one", "other")]
    yield made
    for one in made:
        await one.stop()


@pytest.fixture
def plan(database, file):
    """Plan *count* follow-ups, due at *due*; return their ids."""

    async def planned(count, due, kind=Kind.CHECK_IN):
        report = await file()
        row = {"case_id": report.id, "kind": kind, "due_at": due, "attempts": 0}
        row["expires_at"] = due + LASTS[kind]
        rows = [{**row, "id": uuid4().hex} for _ in range(count)]
        async with database.transaction() as db:
            await db.execute(insert(followups), rows)
        return {row["id"] for row in rows}

    return planned


async def undone(database):
    async with database.reading() as reads:
        left = select(func.count()).select_from(followups).where(followups.c.done_at.is_(None))
        return (await reads.execute(left)).scalar_one()


async def test_two_schedulers_do_10_000_due_things_once_each(schedulers, plan, database):
    planned = await plan(10_000, datetime.now(UTC))
    for one in schedulers:
        one.clock.start()
    async with asyncio.timeout(300):
        while await undone(database):
            await asyncio.sleep(0.2)
    did = [each for one in schedulers for each in one.errands.did]
    assert len(did) == len(planned)
    assert set(did) == planned
    assert all(len(one.errands.did) > 100 for one in schedulers)  # they shared the work


async def test_what_fell_due_while_nobody_was_there_is_done_at_the_next_start(
    schedulers, plan, database
):
    """The clock remembers no tick that it missed: what is due is a row."""
    missed = await plan(3, datetime.now(UTC) - timedelta(hours=6))
    schedulers[0].clock.start()
    await until(lambda: set(schedulers[0].errands.did) == missed)


async def test_what_has_expired_while_nobody_was_there_is_not_done(schedulers, plan, database):
    now = datetime.now(UTC)
    await plan(3, now - LASTS[Kind.ANSWER], Kind.ANSWER)
    late = now - LASTS[Kind.ANSWER] + timedelta(minutes=5)
    in_time = await plan(1, late, Kind.ANSWER)
    schedulers[0].clock.start()
    await until(lambda: schedulers[0].errands.did)
    await asyncio.sleep(0.3)
    assert set(schedulers[0].errands.did) == in_time
