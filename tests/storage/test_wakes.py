import asyncio
import gc
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage import wakes
from storage.wakes import Wakes
from tests.support.patience import until

#: SQLite has one process, which needs no word from another.
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

LISTENING = (
    "SELECT {what} FROM pg_stat_activity"
    " WHERE query LIKE 'NOTIFY%' AND datname = current_database()"
)
COUNT = text(LISTENING.format(what="count(*)"))
BREAK = text(LISTENING.format(what="pg_terminate_backend(pid)"))


class Listener:
    """Another process, and how often it was woken."""

    def __init__(self) -> None:
        self.woken = 0

    def __call__(self) -> None:
        self.woken += 1


@pytest.fixture
async def begin(database):
    """Begin to speak and to listen; wait until both are possible."""
    tasks: list[asyncio.Task[None]] = []

    async def begun(heard: Callable[[], None] = lambda: None) -> Wakes:
        ready = asyncio.Event()

        def first() -> None:
            ready.set()
            heard()

        made = Wakes(database.writer, first)
        tasks.append(asyncio.create_task(made.run()))
        await ready.wait()  # it listens now
        await asyncio.sleep(0.1)  # and has said its first word
        return made

    yield begun
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_word_reaches_another_process_at_once(begin):
    listener = Listener()
    await begin(listener)
    speaker = await begin()
    before, began = listener.woken, time.perf_counter()
    speaker.tell()
    await until(lambda: listener.woken > before)
    assert time.perf_counter() - began < wakes.CHECK_EVERY / 10


async def test_nobody_is_woken_by_their_own_word(begin):
    alone = Listener()
    speaker = await begin(alone)
    before = alone.woken
    speaker.tell()
    await asyncio.sleep(0.2)
    assert alone.woken == before


async def test_a_thousand_words_are_said_as_one(begin):
    listener = Listener()
    await begin(listener)
    speaker = await begin()
    before = listener.woken
    for _ in range(1000):
        speaker.tell()
    await until(lambda: listener.woken > before)
    await asyncio.sleep(5 * wakes.TOGETHER)
    assert listener.woken == before + 1


async def test_words_follow_each_other_no_faster_than_they_are_gathered(begin):
    listener = Listener()
    await begin(listener)
    speaker = await begin()
    before, began = listener.woken, time.perf_counter()
    while time.perf_counter() - began < 0.5:
        speaker.tell()
        await asyncio.sleep(0)
    seconds = time.perf_counter() - began
    assert 1 < listener.woken - before <= seconds / wakes.TOGETHER + 1


async def test_a_broken_connection_is_made_again_and_nothing_said_meanwhile_is_lost(
    begin, database, monkeypatch, logged
):
    monkeypatch.setattr(wakes, "AGAIN_AFTER", 0.05)
    listener = Listener()
    await begin(listener)
    speaker = await begin()
    before = listener.woken
    async with database.transaction() as db:
        assert (await db.execute(BREAK)).rowcount == 2
    speaker.tell()
    await until(lambda: logged.getvalue().count("wakes.away") == 2)
    gc.collect()  # what was left open would say so
    await until(lambda: listener.woken > before)
    before = listener.woken
    await asyncio.sleep(0.3)
    speaker.tell()
    await until(lambda: listener.woken > before)


async def test_a_database_that_is_away_ends_nothing(database_url, monkeypatch, logged):
    monkeypatch.setattr(wakes, "AGAIN_AFTER", 0.01)
    nowhere = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    task = asyncio.create_task(Wakes(nowhere).run())
    await until(lambda: logged.getvalue().count("wakes.away") > 2)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await nowhere.dispose()


async def test_it_holds_one_connection_and_none_of_the_pool(begin, database):
    speaker = await begin()
    speaker.tell()
    await asyncio.sleep(0.1)
    assert database.writer.pool.checkedout() == 0
    async with database.reading() as reads:
        assert (await reads.execute(COUNT)).scalar_one() == 1
