"""The limiter over minutes, seen from the providers' side: two lines, one chat, one group."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from channels import contacts, outbox
from channels.base import Address, Outbound, Style
from channels.limiter import PACES
from storage.engine import Database
from tests.benchmarks import crowd, news
from tests.benchmarks.children import Stub, provider, told
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.benchmarks.sending import Job
from tests.benchmarks.stores import ENGINES, Store, Stores, settle_down, stores

#: Units a second: segments by SMS, of which each message here has two, and messages by Telegram.
RATES = {"sms": 20.0, "telegram": 30.0}
SEGMENTS = {"sms": 2, "telegram": 1}

#: delivery.md, 3.8: never above the limit over a minute, and hardly below; by the chat and group.
WINDOW, LEAST = 60.0, 0.95
CHAT, GROUP = "7000001", "-100700001"
PER_CHAT, PER_GROUP = 1.0, 20

#: The provider says «too fast» for so many seconds, and is heeded with so little delay.
QUIET, HEEDED_WITHIN = 5.0, 0.5

LONG = " What changes for a site is said on the poster there, and by whoever speaks for it." * 2


async def filled(where: Stores, engine: str, seconds: float) -> Store:
    """Return a store with more to say on both lines than can leave in *seconds*."""
    store, now = await where.fresh(engine), datetime.now(UTC)
    async with store.opened() as database:
        for line, style in (("sms", Style.SMS), ("telegram", Style.CHAT)):
            people = int(RATES[line] * seconds / SEGMENTS[line] * 1.5)
            await crowd.gather(store, people, now, channel=line)
            tail = LONG if line == "sms" else ""
            one = await news.written(database, now, style=style, tail=tail)
            await news.planned(database, one, now, line)
            await news.approved(database, one, now)
        for chat, messages in ((CHAT, int(seconds * 1.5)), (GROUP, int(seconds))):
            await _talk(store, database, chat, messages, now)
    await settle_down(store)
    return store


async def _talk(store: Store, database: Database, chat: str, messages: int, now: datetime) -> None:
    """Write down more replies to one chat than it may get."""
    keyring, address = store.keyring, Address("telegram", chat)
    async with database.transaction() as db:
        route = await contacts.remember(db, keyring, address, now)
        for number in range(messages):
            await outbox.enqueue(
                db,
                keyring,
                channel="telegram",
                route_id=route,
                outbound=Outbound(f"Number {number}"),
                kind="reply",
                now=now,
            )


def most(moments: Sequence[float], window: float) -> int:
    """Return the largest number of *moments* in any stretch of *window* seconds."""
    found, first = 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - window:
            first += 1
        found = max(found, last - first + 1)
    return found


async def measure(scale: Scale) -> AsyncIterator[Result]:
    """A minute at full rate, then one provider asks for quiet."""
    window = scale.seconds(WINDOW)
    with stores() as where:
        for engine in ENGINES:
            store = await filled(where, engine, window + QUIET + 15)
            async with provider() as stub:
                for result in await _minute(store, stub, window):
                    yield result
            await where.drop(store)


async def _minute(store: Store, stub: Stub, window: float) -> list[Result]:
    paces = {
        "sms": {"per_second": RATES["sms"]},
        "telegram": {
            "per_second": RATES["telegram"],
            "per_chat": PACES["telegram"].per_chat,
            "per_group": PACES["telegram"].per_group,
        },
    }
    job = Job(store.url, str(store.folder), stub.url, paces, seconds=window + QUIET + 8)
    sending = asyncio.create_task(told("tests.benchmarks.sending", job.json))
    while not await stub.taken():
        await asyncio.sleep(0.01)
    await asyncio.sleep(window)
    asked = (await stub.ask(f"/quiet?line=telegram&seconds={QUIET}"))["at"]
    await asyncio.sleep(QUIET + 3)
    came, chats = await stub.ask("/arrivals"), await stub.ask("/chats")
    until = (await stub.ask("/taken"))["until"]
    await sending
    results = [one for line in RATES for one in _rates(store, line, came[line], window, asked)]
    return [*results, *_chats(store, chats, window), *_quiet(store, came, asked, until)]


def _rates(
    store: Store, line: str, came: Sequence[float], window: float, asked: float
) -> list[Result]:
    limit = RATES[line]
    before = [at for at in came if at < asked]
    name = f"limit.{store.engine}.{line}"
    full = most(before, window) * SEGMENTS[line] / window
    busy = len([at for at in before if at <= before[0] + window]) * SEGMENTS[line] / window
    burst = most(before, 1.0) * SEGMENTS[line]
    unit = "segments" if line == "sms" else "messages"
    return [
        Result(f"{name}.most", full, f"{unit}/s over a minute", limit, limit),
        Result(f"{name}.kept", busy, f"{unit}/s over a minute", limit, limit * LEAST),
        Result(f"{name}.burst", burst, f"{unit} in a second", limit, limit * 2),
    ]


def _chats(store: Store, chats: dict[str, list[float]], window: float) -> list[Result]:
    gaps = [after - before for before, after in pairwise(chats[CHAT])]
    group = most(chats[GROUP], window)
    name = f"limit.{store.engine}"
    return [
        Result(f"{name}.chat", min(gaps), "s between two messages", goal=PER_CHAT),
        Result(f"{name}.group", group, "messages in a minute", goal=PER_GROUP),
    ]


def _quiet(store: Store, came: dict[str, list[float]], asked: float, until: float) -> list[Result]:
    """*until*: the end of the longest wait that the provider named, in whole seconds."""
    again = min(at for at in came["telegram"] if at > asked) - until
    others = [at for at in came["sms"] if asked <= at <= asked + QUIET]
    gap = max(after - before for before, after in pairwise(others))
    name = f"quiet.{store.engine}"
    return [
        Result(f"{name}.late", again, "s after it was over", goal=HEEDED_WITHIN),
        Result(f"{name}.others", gap, "s between two SMS meanwhile", goal=1.0),
    ]
