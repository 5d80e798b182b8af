"""The database is away for twenty seconds while a thousand people write to a real process."""

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select

from channels.inbox import inbox
from storage.engine import connect
from tests.end_to_end.conftest import Installation
from tests.support.postgres import own_postgres
from tests.support.twilio_server import TwilioServer

PEOPLE = 1_000
AWAY_SECONDS = 20.0

#: One message in so many is brought twice at once, as by a provider that lost patience.
TWICE_EVERY = 10

#: How long Twilio waits for the answer to a webhook, in seconds.
TWILIO_WAITS = 15.0

#: Within how many seconds of the database's return everything has to be in it.
IN_WITHIN = 30.0

#: A word that is answered, with one message, and kept nowhere.
WORD = "MSAADA"


@asynccontextmanager
async def sqlite_file(folder):
    """Yield the URL of a file, and how it is away: somebody else has its lock."""

    @asynccontextmanager
    async def away():
        other = sqlite3.connect(folder / "baraza.db", isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()

    yield f"sqlite:///{folder}/baraza.db", away


@asynccontextmanager
async def postgresql(_folder):
    """Yield the URL of a server of its own, and how it is away: without a goodbye."""
    async with own_postgres(furnished=False) as server:

        @asynccontextmanager
        async def away():
            await server.crash()
            yield
            await server.start()

        yield server.url, away


@pytest.fixture(params=[sqlite_file, postgresql], ids=["sqlite", "postgresql"])
async def store(request, tmp_path):
    async with request.param(tmp_path) as found:
        yield found


@pytest.fixture
async def twilio():
    async with TwilioServer() as server:
        yield server


@pytest.fixture
def home(tmp_path, store, twilio):
    settings = {
        "database_url": store[0],
        "twilio_account_sid": twilio.account,
        "twilio_auth_token": twilio.token,
        "twilio_from": twilio.number,
        "twilio_api_url": twilio.url,
        "sms_rate": "200",  # the answers are counted, not how long they take
    }
    return Installation(tmp_path, settings)


async def knock(twilio, hook, form, at, waits):
    """Bring *form* at its time; return the status, and note how long it took in *waits*."""
    await asyncio.sleep(at)
    began = time.monotonic()
    status = await twilio.post(hook, form)
    waits.append(time.monotonic() - began)
    return status


async def thousand_write(twilio, hook):
    """Let everybody write once, at an even pace; return the statuses and the longest wait."""
    waits, knocks = [], []
    for n in range(PEOPLE):
        form = twilio.message_form(WORD, f"+25471100{n:04}")
        times = 2 if n % TWICE_EVERY == 0 else 1
        knocks += times * [(form, AWAY_SECONDS * n / PEOPLE)]
    statuses = await asyncio.gather(*(knock(twilio, hook, *one, waits) for one in knocks))
    return Counter(statuses), max(waits)


async def arrived(url, folder):
    """Return how many messages the database knows of."""
    database = connect(url, folder)
    async with database.reading() as reads:
        found = (await reads.execute(select(func.count()).select_from(inbox))).scalar_one()
    await database.close()
    return found


async def until_in(url, folder, wanted):
    """Wait until so many have arrived; return the seconds that it took."""
    began = time.monotonic()
    while (found := await arrived(url, folder)) < wanted:
        assert time.monotonic() - began < IN_WITHIN, f"{found} of {wanted} are in"
        await asyncio.sleep(0.2)
    return time.monotonic() - began


async def until_answered(twilio, people):
    """Wait until so many people have heard something, and for what may come after it."""
    async with asyncio.timeout(120):
        while len({message.to for message in twilio.sent}) < people:
            await asyncio.sleep(0.2)
    await asyncio.sleep(2)


@pytest.mark.parametrize("killed", [False, True], ids=["lives", "killed"])
async def test_a_thousand_who_write_while_it_is_away_are_all_heard_once(
    store, home, twilio, tmp_path, killed
):
    url, away = store
    hook = f"http://127.0.0.1:{home.port}/hooks/sms"
    home.settings["public_url"] = f"http://127.0.0.1:{home.port}"
    async with home.runs() as process:
        async with away():
            statuses, longest = await thousand_write(twilio, hook)
            if killed:
                await process.kill()
        if not killed:
            seconds = await until_in(url, tmp_path, PEOPLE)
            await until_answered(twilio, PEOPLE)
    if killed:
        async with home.runs():
            seconds = await until_in(url, tmp_path, PEOPLE)
            await until_answered(twilio, PEOPLE)
    heard = Counter(message.to for message in twilio.sent)
    print(
        f"\naway for {AWAY_SECONDS:.0f} s, killed: {killed}; {statuses.total()} webhooks, the "
        f"slowest answered after {longest:.1f} s; {await arrived(url, tmp_path)} rows after "
        f"{seconds:.1f} s; {len(heard)} people answered, {heard.total() - len(heard)} twice"
    )
    assert statuses == {200: PEOPLE + PEOPLE // TWICE_EVERY}
    assert longest < TWILIO_WAITS
    assert await arrived(url, tmp_path) == PEOPLE
    assert set(heard.values()) == {1}
    assert twilio.violations == []
