import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from storage.gathering import Gathering


class Work:
    """Doubles numbers, lot by lot; stands still until it is let go."""

    def __init__(self):
        self.lots = []
        self.free = asyncio.Event()
        self.free.set()
        self.wrong = {}

    async def __call__(self, pieces):
        self.lots.append(list(pieces))
        await self.free.wait()
        for piece in pieces:
            if piece in self.wrong:
                raise self.wrong[piece]
        return [2 * piece for piece in pieces]


@pytest.fixture
async def work():
    return Work()


async def all_of(gathering, numbers):
    return await asyncio.gather(*map(gathering.run, numbers), return_exceptions=True)


async def test_nobody_waits_for_company(work):
    assert await Gathering(work).run(1) == 2
    assert work.lots == [[1]]


async def test_what_waits_meanwhile_is_one_lot_and_each_gets_its_own(work):
    gathering = Gathering(work)
    work.free.clear()
    first = asyncio.create_task(gathering.run(1))
    await asyncio.sleep(0)
    others = asyncio.create_task(all_of(gathering, range(2, 100)))
    await asyncio.sleep(0.01)
    work.free.set()
    assert [await first, *await others] == [2 * n for n in range(1, 100)]
    assert len(work.lots) == 2


async def test_a_lot_has_its_measure(work):
    assert await all_of(Gathering(work, most=10), range(25)) == [2 * n for n in range(25)]
    assert [len(lot) for lot in work.lots] == [10, 10, 5]


async def test_one_that_fails_takes_nobody_with_it(work):
    work.wrong[3] = ValueError("three")
    results = await all_of(Gathering(work), range(5))
    assert results[:3] + results[4:] == [0, 2, 4, 8]
    assert isinstance(results[3], ValueError)


async def test_when_the_database_is_away_nobody_tries_alone(work):
    work.wrong[0] = OperationalError("", None, Exception())
    results = await all_of(Gathering(work), range(50))
    assert {type(one) for one in results} == {OperationalError}
    assert len(work.lots) == 1


async def test_who_does_not_wait_any_more_is_left_out(work):
    gathering = Gathering(work)
    work.free.clear()
    first = asyncio.create_task(gathering.run(1))
    await asyncio.sleep(0)
    given_up = asyncio.create_task(gathering.run(2))
    third = asyncio.create_task(gathering.run(3))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    work.free.set()
    assert (await first, await third) == (2, 6)
    assert work.lots == [[1], [3]]


async def test_after_a_failure_it_goes_on(work):
    gathering = Gathering(work)
    work.wrong[1] = ValueError()
    await all_of(gathering, [1])
    assert await gathering.run(2) == 4
