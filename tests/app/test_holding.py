import asyncio
from datetime import timedelta

import pytest

from app import holding
from app.holding import Holding
from storage import leases
from tests.support.patience import until

NAME = "poll:telegram"


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(holding, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(leases, "RENEW_EVERY", timedelta(seconds=0.02))


class Process:
    """One process that wants to work under a lease. Its clock is set by hand."""

    def __init__(self, database, name, now, **options):
        self.name, self.now = name, now
        self.stopping = asyncio.Event()
        self.working = self.worked = 0
        self.holding = Holding(database, name, self.stopping, clock=lambda: self.now, **options)
        self.task = None

    async def work(self, over):
        self.working += 1
        await over.wait()
        self.working -= 1
        self.worked += 1

    def start(self):
        self.task = asyncio.create_task(self.holding.always(NAME, self.work))

    async def stop(self):
        self.stopping.set()
        await self.task

    async def die(self):
        """Leave the lease as it is, as a process does that is killed."""
        self.task.cancel()
        self.holding._release = lambda _name: asyncio.sleep(0)
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def process(database, now):
    made = []

    def begun(name, **options):
        one = Process(database, name, now, **options)
        made.append(one)
        one.start()
        return one

    yield begun
    for one in made:
        one.stopping.set()
    await asyncio.gather(*(one.task for one in made), return_exceptions=True)


async def holder(database, now):
    async with database.reading() as reads:
        return await leases.holder(reads, NAME, now)


async def test_one_of_two_works(process):
    one, two = process("one"), process("two")
    await until(lambda: one.working + two.working == 1)
    await asyncio.sleep(0.3)
    assert one.working + two.working == 1
    assert one.worked + two.worked == 0


async def test_who_stops_lets_the_other_begin_at_once(process, database, now):
    one = process("one")
    await until(lambda: one.working)
    two = process("two")
    await one.stop()
    assert (one.working, one.worked) == (0, 1)
    await until(lambda: two.working)
    assert await holder(database, now) == "two"


async def test_who_dies_is_followed_when_the_lease_has_run_out_and_not_before(
    process, database, now
):
    one = process("one")
    await until(lambda: one.working)
    await one.die()
    two = process("two")
    two.now = now + leases.HOLDS_FOR - timedelta(milliseconds=1)
    await asyncio.sleep(0.2)
    assert two.working == 0
    two.now = now + leases.HOLDS_FOR
    await until(lambda: two.working)


async def test_a_lease_is_renewed_while_its_holder_lives(process, database, now):
    one = process("one")
    await until(lambda: one.working)
    later = now + 5 * leases.HOLDS_FOR
    one.now = later
    await until(lambda: _held(database, later))


async def _held(database, now):
    return await holder(database, now) is not None


async def test_who_lost_the_lease_ends_its_work(process, database, now, logged):
    one = process("one")
    await until(lambda: one.working)
    async with database.transaction() as db:
        assert await leases.take(db, NAME, "two", now, seize=True)
    await until(lambda: (one.working, one.worked) == (0, 1))
    assert await holder(database, now) == "two"  # it took nothing from the other by ending
    assert "lease.lost" in logged.getvalue()


async def test_a_database_that_is_away_ends_no_work(process, monkeypatch, logged):
    one = process("one")
    await until(lambda: one.working)

    async def away(*_arguments, **_options):
        raise OSError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(leases, "take", away)
        await until(lambda: logged.getvalue().count("lease.not_renewed") > 2)
        waiting = process("two")
        await until(lambda: "lease.not_taken" in logged.getvalue())
    await asyncio.sleep(0.1)
    assert (one.working, one.worked, waiting.working) == (1, 0, 0)


async def test_where_nobody_else_can_live_a_dead_ones_lease_is_taken_at_once(process):
    one = process("one")
    await until(lambda: one.working)
    await one.die()
    two = process("two", seize=True)
    await until(lambda: two.working)


async def test_work_that_is_done_once_is_left_to_who_does_it(database, now):
    one, two = Process(database, "one", now), Process(database, "two", now)
    first = asyncio.create_task(one.holding.once(NAME, one.work))
    await until(lambda: one.working)
    assert await two.holding.once(NAME, two.work) is False
    one.stopping.set()
    assert await first is True
    assert await holder(database, now) is None


async def test_what_goes_wrong_in_the_work_is_told_and_the_lease_is_given_back(database, now):
    async def broken(_over):
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await Process(database, "one", now).holding.once(NAME, broken)
    assert await holder(database, now) is None
