"""A million people: planned for, answered while their news waits, stopped, and written to.

One crowd an engine serves all of it, because to gather a million takes minutes. A row is planned
once and sent once, as in life.
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from tests.benchmarks import crowd, figures, planning, priority, stopping
from tests.benchmarks.charts import Chart, Points
from tests.benchmarks.children import provider, resident_mb, told
from tests.benchmarks.outbound import FREE
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.benchmarks.sending import Job
from tests.benchmarks.stores import ENGINES, Store, settle_down, stores

PEOPLE = 1_000_000

#: How much more a sender may hold at its end than after its first tenth, in megabytes. What
#: grew with the audience would be a hundred times as much.
FLAT = 30.0

CALLS = 256


async def measure(scale: Scale) -> AsyncIterator[Result]:
    """Each engine in turn; the charts at the end."""
    lines: dict[str, Points] = {}
    with stores() as where:
        for engine in ENGINES:
            store = await where.fresh(engine)
            await crowd.gather(store, scale.people(PEOPLE), datetime.now(UTC))
            await settle_down(store)
            async for result in _life(store, scale, lines):
                yield result
            await where.drop(store)
    if scale.writes:
        Chart(
            f"Resident memory of the sender while {scale.people(PEOPLE):,} messages leave",
            "seconds",
            "megabytes",
            lines,
        ).write(figures.DOCS / "performance" / "memory.svg")


async def _life(store: Store, scale: Scale, lines: dict[str, Points]) -> AsyncIterator[Result]:
    people = scale.people(PEOPLE)
    async for result in planning.measured(store, people):
        yield result
    await settle_down(store)
    async with provider() as stub:
        for result in await priority.measured(store, stub, scale, PEOPLE):
            yield result
        for result in await stopping.measured(store, stub):
            yield result
    async for result in planning.measured(store, people):  # what was stopped stays stopped
        if result.name.endswith(".seconds"):
            yield Result(f"planning.{store.engine}.again", result.value, "s", result.floor)
    async for result in _sent(store, people, lines):
        yield result


async def _sent(store: Store, people: int, lines: dict[str, Points]) -> AsyncIterator[Result]:
    """Send to everybody, and look at the sender's memory all the while.

    Inside the process: what a provider takes to answer would only be waited for.
    """
    series: list[tuple[float, float]] = []
    paces = {"sms": {"per_second": FREE, "calls": CALLS}}
    job = Job(store.url, str(store.folder), paces=paces)
    began = time.perf_counter()

    async def watch(pid: int) -> None:
        series.append((time.perf_counter() - began, resident_mb(pid)))

    said = await told("tests.benchmarks.sending", job.json, watch=watch)
    lines[store.engine] = thinned(series)
    early = next(mb for seconds, mb in series if seconds >= said["seconds"] / 10)
    name = f"nation.{store.engine}"
    yield Result(f"{name}.rate", people / said["seconds"], "messages/s")
    yield Result(f"{name}.took", said["seconds"], "s")
    yield Result(f"{name}.grown", said["peak_mb"] - early, "MB", goal=FLAT)
    yield Result(f"{name}.peak", said["peak_mb"], "MB")


def thinned(series: Points) -> Points:
    """Return at most a hundred points of *series*, both ends among them."""
    step = len(series) // 100 + 1
    return [*series[:-1:step], series[-1]]
