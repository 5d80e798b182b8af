"""Where the time of one core goes, a message sent and a turn heard: what bounds the figures.

The profiler itself makes Python's own share look larger than it is; what counts is the order.
"""

import pstats
import re
from collections import Counter
from collections.abc import AsyncIterator

from tests.benchmarks.children import provider, told
from tests.benchmarks.inbound import PEOPLE, called
from tests.benchmarks.installation import WEB, WHOLE, house
from tests.benchmarks.outbound import FREE, broadcast
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.benchmarks.sending import Job
from tests.benchmarks.stores import ENGINES, Stores, stores
from tests.support.processes import ROOT

MESSAGES = 10_000
SECONDS = 20

#: How many packages are named.
SHOWN = 8

#: Whose a file is: a package's, one of our rooms', or Python's own.
PLACES = (
    re.compile(r"/site-packages/([a-z0-9_]+)"),
    re.compile(r"/lib/python3[.0-9]+/([a-z0-9_]+)"),
    re.compile(rf"{re.escape(str(ROOT))}/([a-z]+)/"),
)

#: Functions written in C have no file; their names say whose they are.
BUILT_IN = {
    "sqlite3": "sqlite3",
    "crypto_": "nacl",
    "asyncpg": "asyncpg",
    "uvloop": "uvloop",
    "Loop": "uvloop",
}


def shares(path: str) -> Counter[str]:
    """Return the seconds that each package spent in itself."""
    spent: Counter[str] = Counter()
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(path).stats.items():  # type: ignore[attr-defined]
        spent[_package(file, function)] += own
    return spent


def _package(file: str, function: str) -> str:
    for place in PLACES:
        if found := place.search(file):
            return found[1]
    return next((name for mark, name in BUILT_IN.items() if mark in function), "python")


async def measure(scale: Scale) -> AsyncIterator[Result]:
    """Profile the ledger's own work, and a web process to which people talk."""
    with stores() as where:
        for engine in ENGINES:
            async for result in _dispatched(where, engine, scale.people(MESSAGES)):
                yield result
            async for result in _talked(where, engine, scale.seconds(SECONDS)):
                yield result


async def _dispatched(where: Stores, engine: str, people: int) -> AsyncIterator[Result]:
    store = await broadcast(where, engine, people)
    path = str(store.folder / "profile")
    paces = {"sms": {"per_second": FREE}}
    job = Job(store.url, str(store.folder), paces=paces, profile=path)
    await told("tests.benchmarks.sending", job.json)
    for result in _results(f"profile.{engine}.sent", shares(path), people):
        yield result
    await where.drop(store)


async def _talked(where: Stores, engine: str, seconds: float) -> AsyncIterator[Result]:
    store = await where.fresh(engine)
    path = str(store.folder / "profile")
    _, *command = WHOLE if engine == "sqlite" else WEB
    profiled = ("tests.benchmarks.profiled", path, *command)
    async with provider() as stub:
        async with house(store, profiled, provider=stub.url):
            pass  # what the start costs
        start = shares(path)
        async with house(store, profiled, provider=stub.url) as (web,):
            said = await called([web.url], seconds, PEOPLE)
    for result in _results(f"profile.{engine}.heard", shares(path) - start, said["done"]):
        yield result
    await where.drop(store)


def _results(name: str, spent: Counter[str], times: int) -> list[Result]:
    return [
        Result(f"{name}.{package}", seconds / times * 1e6, "µs")
        for package, seconds in spent.most_common(SHOWN)
    ]
