"""From a row in the ledger to the provider and back, as fast as one sender goes."""

import asyncio
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from sqlalchemy import func, select

from channels import contacts, outbox, registry
from channels.base import Address, Outbound
from channels.ledger import State
from channels.ledger import outbox as ledger
from channels.limiter import Pace
from channels.sender import MAX_IN_FLIGHT, Sender
from storage import migrate
from storage.engine import Database, connect
from tests.benchmarks.installation import ACCOUNT, NUMBER, TOKEN
from tests.benchmarks.results import Result
from tests.support.processes import free_port, running
from vault import keyring as keys
from vault.keyring import Keyring

MESSAGES = 1_500

#: What a provider far away takes to answer, in milliseconds.
LATENCY = 50


async def floor(url: str) -> float:
    """Post as many forms with a bare client, as many at a time; return messages a second."""
    waiting = iter(range(MESSAGES))
    target = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    async def line(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            form = {"To": f"+1555{number:07d}", "From": NUMBER, "Body": "Your code"}
            async with session.post(target, data=form) as answer:
                await answer.read()

    began = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(line(session) for _ in range(MAX_IN_FLIGHT)))
    return MESSAGES / (time.perf_counter() - began)


async def fill(database: Database, keyring: Keyring, now: datetime) -> None:
    """Write the messages down, each to somebody else."""
    async with database.transaction() as db:
        for number in range(MESSAGES):
            address = Address("sms", f"+1555{number:07d}")
            await outbox.enqueue(
                db,
                keyring,
                channel="sms",
                route_id=await contacts.remember(db, keyring, address, now),
                outbound=Outbound("You have news.\n1 Read it\n0 Later"),
                kind="reply",
                now=now,
            )


async def drain(database: Database, keyring: Keyring, url: str) -> float:
    """Send all of it; return messages a second."""
    options = registry.Options(
        public_url=url,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=NUMBER,
        twilio_api_url=url,
    )
    channels = await registry.open_channels(options, database)
    sender = Sender(database, keyring, channels, by="bench", paces={"sms": Pace(100_000)})
    began = time.perf_counter()
    running_ = asyncio.create_task(sender.run(alone=True))
    while await accepted(database) < MESSAGES:
        await asyncio.sleep(0.05)
    took = time.perf_counter() - began
    await sender.stop()
    await running_
    await channels["sms"].close()
    return MESSAGES / took


async def accepted(database: Database) -> int:
    async with database.reading() as reads:
        counted = select(func.count()).where(ledger.c.state == State.ACCEPTED)
        return (await reads.execute(counted)).scalar_one()


async def measure() -> Iterable[Result]:
    """Compare with a bare aiohttp client at the same concurrency and latency."""
    port = free_port()
    stub = ("-m", "tests.benchmarks.provider", str(port), str(LATENCY))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys.create(folder / "keys")
        keyring = keys.load(folder / "keys")
        database = connect(f"sqlite:///{folder}/bench.db", folder)
        await migrate.migrate(database)
        await fill(database, keyring, datetime.now(UTC) - timedelta(seconds=1))
        async with running(*stub, port=port, path="/taken", environment={}) as provider:
            bare = await floor(provider.url)
            ours = await drain(database, keyring, provider.url)
        await database.close()
    return [Result(f"outbound at {LATENCY} ms", ours, "messages/s", bare)]
