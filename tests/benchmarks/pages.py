"""What pages, hooks and the sender ask of a ledger that holds years, on both engines.

``python -m tests.benchmarks.pages 10000000`` for ten million messages instead of one: some twenty
minutes and 12 GB of disk.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from channels import archive
from channels.ledger import outbox
from storage.engine import Database
from storage.unit_of_work import Transaction
from tests.benchmarks.results import Result, report, share
from tests.benchmarks.scale import Scale
from tests.benchmarks.stores import ENGINES, stores
from tests.support.history import fill, name_of
from tests.support.questions import QUESTIONS

MESSAGES = 1_000_000

#: How often each is asked. The first time is not counted: it brings the pages from the disk.
TIMES = 20

Question = Callable[[Transaction, datetime], Awaitable[object]]


class Undo(Exception):
    """What a question changed is taken back, so that the next finds the same."""


async def one_row(db: Transaction, _now: datetime) -> object:
    """The least that anything can ask: one row by its id."""
    found = await db.execute(select(outbox).where(outbox.c.id == name_of(1)))
    return found.one()


async def slowest(database: Database, question: Question, now: datetime) -> float:
    """Return how long 95 of 100 take at most, in milliseconds."""
    took = []
    for _ in range(TIMES + 1):
        try:
            async with database.transaction() as db:
                began = time.perf_counter()
                await question(db, now)
                took.append((time.perf_counter() - began) * 1e3)
                raise Undo
        except Undo:
            pass
    return share(took[1:], 0.95)


async def archived(database: Database, now: datetime) -> tuple[float, float]:
    """Archive for a while; return messages a second, and how long the longest wait was in ms."""
    waits: list[float] = []
    stop = time.perf_counter() + 15.0

    def enough() -> bool:
        return time.perf_counter() > stop

    async def others() -> None:
        while not enough():
            began = time.perf_counter()
            async with database.transaction() as db:
                await db.execute(text("UPDATE broadcasts SET planned = planned"))
            waits.append((time.perf_counter() - began) * 1e3)
            await asyncio.sleep(0.02)

    began = time.perf_counter()
    kept = {"alone": timedelta(days=1), "broadcast": timedelta(days=1)}
    count, _ = await asyncio.gather(archive.run(database, now, enough=enough, **kept), others())
    return count / (time.perf_counter() - began), share(waits, 0.99)


async def measure_on(database: Database, of: str) -> AsyncIterator[Result]:
    """Compare with the reading of one row by its id. *of*: which ledger this is."""
    now = datetime.now(UTC)
    floor = await slowest(database, one_row, now)
    for question in QUESTIONS:
        name = question.__name__.replace("_", " ")
        value = await slowest(database, question, now)
        yield Result(f"{name}, {of}", value, "ms at p95", floor)
    rate, wait = await archived(database, now)
    yield Result(f"archived, {of}", rate, "messages/s")
    yield Result(f"wait beside archiving, {of}", wait, "ms at p99", goal=100.0)


async def measure(scale: Scale, messages: int = MESSAGES) -> AsyncIterator[Result]:
    """Ask everything on each engine, of a ledger with as many messages."""
    count = scale.people(messages)
    with stores() as made:
        for engine in ENGINES:
            store = await made.fresh(engine)
            async with store.opened() as database:
                await fill(database, count, datetime.now(UTC))
                async for result in measure_on(database, f"{engine}, {count:,} rows"):
                    yield result
            await made.drop(store)


async def main(messages: int) -> None:
    async for result in measure(Scale(), messages):
        report(result)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES))
