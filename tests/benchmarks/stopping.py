"""How soon nothing more of a broadcast leaves, once somebody has paused or cancelled it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

from channels import broadcasts
from channels.broadcasts import State
from channels.limiter import Pace
from storage.engine import Database
from storage.unit_of_work import Transaction
from tests.benchmarks.children import Stub, provider, told
from tests.benchmarks.outbound import LATENCY, broadcast
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.benchmarks.sending import Job
from tests.benchmarks.stores import ENGINES, Store, stores

#: Messages a second, and calls at a time; the limit of what may still leave is theirs.
RATE, CALLS = 100, 32

#: delivery.md, 3.10, in seconds; and what may still leave: no more than is under way.
STOPS_WITHIN = 2.0
AFTER = Pace(calls=CALLS).in_flight

#: How long it is watched before and after.
WATCH = 5.0


async def stopped(
    database: Database,
    stub: Stub,
    act: Callable[[Transaction, str, datetime], Awaitable[bool]],
    one: str,
) -> tuple[float, int]:
    """Do *act* to the broadcast; return how long messages still came, and how many."""
    async with database.transaction() as db:
        assert await act(db, one, datetime.now(UTC))
    at = time.monotonic()
    await asyncio.sleep(WATCH)
    after = [came for came in (await stub.ask("/arrivals"))["sms"] if came > at]
    return max(after, default=at) - at, len(after)


async def figures(store: Store, stub: Stub, database: Database) -> list[Result]:
    """Pause it, let it go on, and cancel it, while it is sent."""
    async with database.reading() as reads:
        (one,) = await broadcasts.in_state(reads, State.RUNNING)
    while await stub.taken() < RATE:
        await asyncio.sleep(0.1)
    results = []
    for name, act in (("pause", broadcasts.pause), ("cancel", broadcasts.cancel)):
        seconds, more = await stopped(database, stub, act, one.id)
        results.append(Result(f"{name}.{store.engine}", seconds, "s", goal=STOPS_WITHIN))
        results.append(Result(f"{name}.{store.engine}.after", more, "messages", goal=AFTER))
        if name == "pause":
            async with database.transaction() as db:
                await broadcasts.release(db, one.id, datetime.now(UTC))
            await asyncio.sleep(WATCH)
    return results


async def measured(store: Store, stub: Stub) -> list[Result]:
    """Return the figures of a store whose broadcast is approved; it is cancelled afterwards."""
    await stub.ask("/forget")
    paces = {"sms": {"per_second": RATE, "calls": CALLS}}
    job = Job(store.url, str(store.folder), stub.url, paces, seconds=WATCH * 6)
    sending = asyncio.create_task(told("tests.benchmarks.sending", job.json))
    async with store.opened() as database:
        results = await figures(store, stub, database)
    await sending
    return results


async def measure(scale: Scale) -> AsyncIterator[Result]:
    """From another process than the sender's, as a console does."""
    with stores() as where:
        async with provider(LATENCY) as stub:
            for engine in ENGINES:
                store = await broadcast(where, engine, scale.people(50_000))
                for result in await measured(store, stub):
                    yield result
                await where.drop(store)
