"""The whole way of a message: the ledger, the provider, and both of its receipts back.

On SQLite all of it is one process; on PostgreSQL a sender and a web half.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from sqlalchemy import select

from channels.ledger import State, standing
from channels.ledger import outbox as ledger
from storage.engine import Database
from tests.benchmarks.children import Stub, provider, told
from tests.benchmarks.installation import WEB, WHOLE, house
from tests.benchmarks.outbound import FREE, broadcast
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.benchmarks.sending import Job
from tests.benchmarks.stores import ENGINES, Store, stores

UNTOLD = standing(*(state for state in State if state is not State.DELIVERED))


async def delivered(database: Database) -> None:
    """Wait until every message is known to have arrived."""
    left = select(ledger.c.seq).where(UNTOLD).limit(1)
    while True:
        async with database.reading() as reads:
            if (await reads.execute(left)).first() is None:
                return
        await asyncio.sleep(0.1)


async def measure(scale: Scale) -> AsyncIterator[Result]:
    """Take the time until the last message is known to have arrived."""
    people = scale.people(10_000)
    with stores() as where:
        for engine in ENGINES:
            store = await broadcast(where, engine, people)
            async with provider() as stub:
                seconds = await _there_and_back(store, stub)
            yield Result(f"delivered.{engine}", people / seconds, "messages/s")
            await where.drop(store)


async def _there_and_back(store: Store, stub: Stub) -> float:
    began = time.perf_counter()
    command = WHOLE if store.engine == "sqlite" else WEB
    async with (
        house(store, command, provider=stub.url, sms_rate=str(FREE)) as (web,),
        store.opened() as database,
    ):
        await stub.ask(f"/report?to={web.url}")
        if store.engine == "postgresql":
            paces = {"sms": {"per_second": FREE}}
            job = Job(store.url, str(store.folder), stub.url, paces)
            began = time.perf_counter()
            sending = asyncio.create_task(told("tests.benchmarks.sending", job.json))
        else:
            sending = asyncio.create_task(asyncio.sleep(0))
        await delivered(database)
        await sending
        return time.perf_counter() - began
