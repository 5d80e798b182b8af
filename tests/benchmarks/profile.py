"""Where the time of one core goes, message by message: what bounds the figures.

The profiler itself makes Python's own share look larger than it is; what counts is the order.
"""

import pstats
import re
from collections import Counter
from collections.abc import AsyncIterator

from tests.benchmarks.children import told
from tests.benchmarks.outbound import FREE, broadcast
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.benchmarks.sending import Job
from tests.benchmarks.stores import ENGINES, stores
from tests.support.processes import ROOT

MESSAGES = 10_000

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
    """Profile the ledger's own work: no provider, one broadcast."""
    people = scale.people(MESSAGES)
    with stores() as where:
        for engine in ENGINES:
            store = await broadcast(where, engine, people)
            path = str(store.folder / "profile")
            paces = {"sms": {"per_second": FREE}}
            job = Job(store.url, str(store.folder), paces=paces, profile=path)
            await told("tests.benchmarks.sending", job.json)
            for name, seconds in shares(path).most_common(8):
                unit = "µs of a core for a message"
                yield Result(f"profile.{engine}.{name}", seconds / people * 1e6, unit)
            await where.drop(store)
