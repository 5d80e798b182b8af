"""How soon a reply leaves while a nation's news waits, and how long the news is kept waiting."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

from tests.benchmarks.charts import Chart
from tests.benchmarks.children import Stub, provider, told
from tests.benchmarks.figures import DOCS, Figures
from tests.benchmarks.outbound import broadcast
from tests.benchmarks.results import Result, share
from tests.benchmarks.scale import Scale
from tests.benchmarks.sending import Job
from tests.benchmarks.stores import ENGINES, Store, stores

#: Messages a second that the provider takes, and how many replies are among them: under half.
RATE, REPLIES = 20, 8
SECONDS = 60

#: delivery.md, 3.7, in seconds.
REPLY_WITHIN = 1 + 1 / RATE
BULK_STARVES = 10.0

WAITING = (0, 1_000, 50_000)


async def answered(store: Store, stub: Stub, seconds: float) -> tuple[list[float], float]:
    """Return how long each reply took to the provider, and the longest that no news left."""
    await stub.ask("/forget")
    paces = {"sms": {"per_second": RATE}}
    job = Job(store.url, str(store.folder), stub.url, paces, seconds=seconds, replies=REPLIES)
    said = await told("tests.benchmarks.sending", job.json)
    came = {int(number): at for number, at in (await stub.ask("/marked")).items()}
    written = {int(number): at for number, at in said["replies"].items()}
    last = max(written.values())
    # What was written as the sender was told to stop may rightly wait for the next one.
    took = [came.get(one, last + seconds) - at for one, at in written.items() if at < last - 2]
    replies = set(came.values())
    arrivals = (await stub.ask("/arrivals"))["sms"]
    bulk = [at for at in arrivals if at not in replies]
    return took, max((after - before for before, after in pairwise(bulk)), default=0.0)


async def measured(store: Store, stub: Stub, scale: Scale, waiting: int) -> list[Result]:
    """Return the figures with *waiting* messages of news in the ledger."""
    took, starved = await answered(store, stub, scale.seconds(SECONDS))
    name = f"reply.{store.engine}.{waiting}"
    results = [
        Result(f"{name}.p50", share(took, 0.5) * 1000, "ms"),
        Result(f"{name}.p99", share(took, 0.99) * 1000, "ms", goal=REPLY_WITHIN * 1000),
    ]
    if waiting:
        results.append(Result(f"{name}.starved", starved, "s", goal=BULK_STARVES))
    return results


async def measure(scale: Scale) -> AsyncIterator[Result]:
    """With no news, some, and a district's; ``nation`` adds a million."""
    with stores() as where:
        async with provider() as stub:
            for engine in ENGINES:
                for waiting in WAITING:
                    store = await broadcast(where, engine, scale.people(waiting))
                    for result in await measured(store, stub, scale, waiting):
                        yield result
                    await where.drop(store)


def draw(figures: Figures) -> None:
    """Draw the chart of what was measured here and with a million."""
    sizes = (*WAITING, 1_000_000)
    lines = {
        f"{engine}, {part}": points
        for engine in ENGINES
        for part in ("p99", "p50")
        if (points := _points(figures, f"reply.{engine}", part, sizes))
    }
    lines["asked for (p99)"] = [(size, REPLY_WITHIN * 1000) for size in sizes]
    Chart(
        f"How soon a reply reaches the provider while news waits, at {RATE} messages a second",
        "messages of a broadcast that wait",
        "milliseconds",
        lines,
        logarithmic=True,
    ).write(DOCS / "performance" / "replies.svg")


def _points(
    figures: Figures, name: str, part: str, sizes: Sequence[int]
) -> list[tuple[float, float]]:
    """Return what was measured of *sizes*, in milliseconds."""
    named = ((size, figures.get(f"{name}.{size}.{part}")) for size in sizes)
    return [(size, one["value"]) for size, one in named if one is not None]
