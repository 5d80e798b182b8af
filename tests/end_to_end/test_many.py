"""Two web halves and two senders over one PostgreSQL, as an operator starts them."""

import asyncio
import json
import os
import signal
import statistics
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from app import processes
from app.settings import Settings
from bots.dialogues import dialogues
from channels.ledger import State, outbox
from channels.lines import send_lease
from storage import leases
from storage.engine import Database, connect
from tests.end_to_end.conftest import until
from tests.support.processes import Process, environment, free_port, spawn
from tests.support.telegram_server import TelegramServer
from tests.support.twilio_server import TwilioServer

PUBLIC = "https://baraza.example"
HOOK = f"{PUBLIC}/hooks/sms"

#: Another process sends within 15 s of a death (delivery.md, 3.8); so much more for a machine that
#: does other things as well.
TAKEOVER_SECONDS = 15
SLACK = 5

#: Asked of a provider, an answer takes so long; so some are on their way at any time.
LATENCY = 0.2


@dataclass
class Many:
    """The four processes, what they share, and their providers."""

    webs: list[Process]
    workers: list[Process]
    database: Database
    twilio: TwilioServer
    telegram: TelegramServer

    async def hears(self, number: str, words: str = "hello") -> float:
        """Bring an SMS, each to another web half; return when it was answered 200."""
        web = self.webs[int(number[-1]) % 2]
        self.twilio.where = {PUBLIC: web.url}
        assert await self.twilio.inbound(HOOK, words, number) == 200
        return time.perf_counter()

    def told(self, number: str) -> list[str]:
        return [message.body for message in self.twilio.sent if message.to == number]

    async def owner(self, lease: str) -> Process | None:
        """Return the process that holds *lease*."""
        async with self.database.reading() as reads:
            held = await leases.holder(reads, lease, datetime.now(UTC))
        pid = int(held.split(":")[1]) if held else None
        return next((one for one in self.workers if one.child.pid == pid), None)

    async def owned(self, lease: str) -> Process:
        """Wait until some process holds *lease*."""
        async with asyncio.timeout(30):
            while (found := await self.owner(lease)) is None:
                await asyncio.sleep(0.05)
        return found

    async def ready(self) -> list[dict[str, bool]]:
        """Ask every web half."""
        found = []
        async with aiohttp.ClientSession() as client:
            for web in self.webs:
                async with client.get(f"{web.url}/readyz") as answer:
                    found.append(json.loads(await answer.text()))
        return found


async def _administer(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture
async def empty_url(postgresql_server):
    """A PostgreSQL database without tables."""
    root = postgresql_server.format(name="postgres")
    await _administer(root, "CREATE DATABASE many")
    yield postgresql_server.format(name="many")
    await _administer(root, "DROP DATABASE many WITH (FORCE)")


@pytest.fixture
async def many(empty_url, tmp_path: Path, twilio, telegram):
    """Four processes, ready; they are stopped at the end."""
    given = {
        "database_url": empty_url,
        "public_url": PUBLIC,
        "twilio_account_sid": twilio.account,
        "twilio_auth_token": twilio.token,
        "twilio_from": twilio.number,
        "twilio_api_url": twilio.url,
        "telegram_token": telegram.token,
        "telegram_api_url": telegram.url,
        "log_format": "json",
    }
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=empty_url)
    processes.make_keys(settings, lambda _line: None)
    await processes.prepare(settings, bare=True)
    database = connect(settings.database, tmp_path)
    twilio.latency = LATENCY
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)

        async def start(half: str) -> Process:
            port = free_port()
            process = await spawn(
                *("-m", "app", half), port=port, environment=environment(tmp_path, port, **given)
            )
            stack.push_async_callback(process.stop)
            return process

        webs = [await start("serve"), await start("serve")]
        workers = [await start("work"), await start("work")]
        twilio.where = {PUBLIC: webs[0].url}
        for web in webs:
            await web.answers("/readyz")
        for worker in workers:
            await worker.printed(r"(running)")
        yield Many(webs, workers, database, twilio, telegram)
        for process in (*webs, *workers):
            print(process.err.decode())  # pytest shows it beside a failure


async def _said(many: Many, phone: int) -> float:
    """Let one phone say hello; return the seconds from the 200 to the provider's hearing."""
    number = f"+2547110000{phone:02}"
    answered = await many.hears(number)
    await until(lambda: many.told(number), f"an answer to {number}")
    return time.perf_counter() - answered


async def test_a_reply_leaves_another_process_at_once(many):
    await many.owned(send_lease("sms"))
    await _said(many, 99)  # whatever is slow the first time
    waits = [await _said(many, phone) for phone in range(20)]
    median = statistics.median(waits)
    print(f"reply after {median * 1000:.0f} ms (median), {max(waits) * 1000:.0f} ms at most")
    # Without a word to the sender it would wait for its next look, half a second on average.
    assert median < 0.3
    assert _twice(many) == set()
    assert many.telegram.most_asking == 1
    assert [all(one.values()) for one in await many.ready()] == [True, True]


async def test_when_a_sender_is_killed_the_other_takes_its_place(many):
    victim = await many.owned(send_lease("sms"))
    survivor = next(one for one in many.workers if one is not victim)
    before = [f"+2547110001{phone:02}" for phone in range(30)]
    await asyncio.gather(*(many.hears(number) for number in before))
    await until(lambda: len(many.twilio.sent) > 2, "the first answers")
    os.kill(victim.child.pid, signal.SIGKILL)
    killed = time.perf_counter()
    in_flight, sent = await _submitting(many), len(many.twilio.sent)

    await many.hears("+254711000201")
    await until(lambda: len(many.twilio.sent) > sent, "the other", patience=2 * TAKEOVER_SECONDS)
    seconds = time.perf_counter() - killed
    print(f"another sender after {seconds:.1f} s, {in_flight} in flight")
    assert seconds < TAKEOVER_SECONDS + SLACK
    await until(lambda: many.told("+254711000201"), "an answer to who wrote meanwhile")
    assert await many.owner(send_lease("sms")) is survivor
    await until(lambda: len(_answered(many, before)) >= len(before) - in_flight, "the others")
    assert _twice(many) == set()
    assert many.twilio.violations == []


async def test_telegram_is_asked_by_one_process_until_it_dies_and_then_by_the_other(many):
    victim = await many.owned("poll:telegram")
    await many.telegram.deliver(many.telegram.said("hello", 7001))
    await until(lambda: many.telegram.sent, "an answer in the chat")
    assert many.telegram.most_asking == 1
    await victim.kill()
    killed = time.perf_counter()
    # The dead one's question still stands at the provider, and brings this to nobody.
    await many.telegram.deliver(many.telegram.said("hello", 7002))
    await until(
        lambda: any(message.chat == 7002 for message in many.telegram.sent),
        "an answer by the other",
        patience=2 * TAKEOVER_SECONDS + SLACK,
    )
    print(f"another process asks and sends after {time.perf_counter() - killed:.1f} s")
    assert await many.owner("poll:telegram") is not victim
    async with many.database.reading() as reads:
        people = await reads.execute(select(func.count()).select_from(dialogues))
        assert people.scalar_one() == 2
    assert set(Counter((one.chat, one.text) for one in many.telegram.sent).values()) == {1}


def _twice(many: Many) -> set[tuple[str, str]]:
    """Return who heard what twice: each phone has asked once."""
    heard = Counter((message.to, message.body) for message in many.twilio.sent)
    return {one for one, times in heard.items() if times > 1}


def _answered(many: Many, numbers: list[str]) -> set[str]:
    return {number for number in numbers if many.told(number)}


async def _submitting(many: Many) -> int:
    async with many.database.reading() as reads:
        doubtful = outbox.c.state.in_([State.SUBMITTING, State.UNKNOWN])
        found = await reads.execute(select(func.count()).select_from(outbox).where(doubtful))
        return int(found.scalar_one())
