"""One sender in a process of its own, as the worker runs it; says how long it took.

``python -m tests.benchmarks.sending JOB``, where JOB is ``Job`` as JSON.
"""

import asyncio
import cProfile
import io
import json
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import select

from app import logs
from channels import contacts, outbox, registry
from channels.base import Address, Channel, Envelope, Outbound, Sent, Style
from channels.ledger import OPEN, standing
from channels.ledger import outbox as ledger
from channels.limiter import Pace
from channels.sender import Sender
from storage.engine import Database, connect
from tests.benchmarks.account import ACCOUNT, NUMBER, PUBLIC, TELEGRAM, TOKEN
from tests.benchmarks.children import peak_mb
from vault import keyring as keys
from vault.keyring import Keyring

#: What a reply says behind its number, by which the provider knows when it came.
REPLY = " We have your words. Your code is 1234-5678-90123-4."


@dataclass(frozen=True)
class Job:
    """*provider*: empty: messages go no further than this process. *seconds*: 0: until all left.

    *paces*: by line. *replies*: so many a second are written down while it runs, to new people.
    *profile*: where to write down what each function spent.
    """

    database: str
    data: str
    provider: str = ""
    paces: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    seconds: float = 0
    replies: float = 0
    profile: str = ""

    @property
    def json(self) -> dict[str, Any]:
        return asdict(self)


class Nowhere:
    """Takes every message at once: what remains is the ledger's own work."""

    style = Style.SMS

    def __init__(self, name: str) -> None:
        self.name = name
        self._count = 0

    async def send(self, envelope: Envelope) -> Sent:
        self._count += 1
        return Sent(f"SM{self._count:032x}")

    async def find(
        self, envelope: Envelope, since: datetime, known: Collection[str] = ()
    ) -> Sent | None:
        return None

    async def close(self) -> None:
        pass


async def channels(job: Job, database: Database) -> Mapping[str, Channel]:
    if not job.provider:
        return {"sms": Nowhere("sms")}  # type: ignore[dict-item] # it is never asked for more
    options = registry.Options(
        public_url=PUBLIC,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=NUMBER,
        twilio_api_url=job.provider,
        telegram_token=TELEGRAM,
        telegram_webhook_secret="a-quiet-secret",
        telegram_api_url=job.provider,
    )
    return await registry.open_channels(options, database)


async def emptied(database: Database) -> None:
    """Wait until nothing is left to send."""
    left = select(ledger.c.seq).where(standing(*OPEN)).limit(1)
    while True:
        async with database.reading() as reads:
            if (await reads.execute(left)).first() is None:
                return
        await asyncio.sleep(0.1)


async def reply(
    database: Database, keyring: Keyring, sender: Sender, job: Job
) -> dict[int, float]:
    """Write replies down at an even pace; return when each was committed."""
    written: dict[int, float] = {}
    began = time.monotonic()
    for number in range(int(job.seconds * job.replies)):
        await asyncio.sleep(max(began + number / job.replies - time.monotonic(), 0))
        now = datetime.now(UTC)
        async with database.transaction() as db:
            address = Address("sms", f"+1666{number:07d}")
            route = await contacts.remember(db, keyring, address, now)
            text = Outbound(f"R{number}{REPLY}")
            await outbox.enqueue(
                db,
                keyring,
                channel="sms",
                route_id=route,
                outbound=text,
                kind="reply",
                now=now,
            )
        written[number] = time.monotonic()
        sender.wake()
    return written


async def main(job: Job) -> None:
    logs.set_up("json", io.StringIO())  # it says a line for each refusal
    data = Path(job.data)
    database, keyring = connect(job.database, data), keys.load(data / "keys")
    opened = await channels(job, database)
    paces = {name: Pace(**pace) for name, pace in job.paces.items()}
    sender = Sender(database, keyring, opened, by="bench", paces=paces)
    began, spent = time.perf_counter(), time.process_time()
    running = asyncio.create_task(sender.run(alone=True))
    replies: dict[int, float] = {}
    if job.replies:
        replies = await reply(database, keyring, sender, job)
    elif job.seconds:
        await asyncio.sleep(job.seconds)
    else:
        await emptied(database)
    said = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - spent,
        "peak_mb": peak_mb(),
        "replies": replies,
    }
    await sender.stop()
    await running
    for channel in opened.values():
        await channel.close()
    await database.close()
    print(json.dumps(said))


if __name__ == "__main__":
    given = Job(**json.loads(sys.argv[1]))
    if given.profile:
        profiler = cProfile.Profile(time.thread_time)
        profiler.runcall(uvloop.run, main(given))
        profiler.dump_stats(given.profile)
    else:
        uvloop.run(main(given))
