"""From a row of the ledger to the provider and back, as fast as one sender goes."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks import crowd, news
from tests.benchmarks.charts import Chart
from tests.benchmarks.children import Stub, provider, told
from tests.benchmarks.figures import DOCS
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.benchmarks.sending import Job
from tests.benchmarks.stores import ENGINES, Store, Stores, settle_down, stores

#: What the design asks for on two cores, in messages a second.
GOALS = {"sqlite": 1_000, "postgresql": 2_000}

#: What a provider far away takes to answer, in milliseconds, and the calls at a time for it.
LATENCY = 150
CALLS = (1, 4, 16, 64, 256)

#: A rate that nothing here is held back by.
FREE = 1_000_000.0

#: How many seconds each point of the chart lasts.
POINT_SECONDS = 15


async def broadcast(where: Stores, engine: str, people: int) -> Store:
    """Return a store in which so many messages of one broadcast may leave."""
    store, now = await where.fresh(engine), datetime.now(UTC)
    await crowd.gather(store, people, now)
    async with store.opened() as database:
        one = await news.written(database, now)
        await news.planned(database, one, now)
        await news.approved(database, one, now)
    await settle_down(store)
    return store


async def drained(
    store: Store, stub: Stub | None, calls: int, watch: Callable[[int], Any] | None = None
) -> Any:
    """Send everything that waits; return what the sender says."""
    job = Job(
        store.url,
        str(store.folder),
        provider=stub.url if stub else "",
        paces={"sms": {"per_second": FREE, "calls": calls}},
    )
    return await told("tests.benchmarks.sending", job.json, watch=watch)


async def bare(stub: Stub, messages: int, calls: int) -> float:
    """Return messages a second of a client that does nothing else."""
    job = {"url": stub.url, "messages": messages, "calls": calls}
    said = await told("tests.benchmarks.client", job)
    return messages / float(said["seconds"])


async def pace(stub: Stub, calls: int) -> float:
    """Return messages a second as the provider saw them, once all calls were under way."""
    came = (await stub.ask("/arrivals"))["sms"]
    await stub.ask("/forget")
    return (len(came) - calls) / float(came[-1] - came[0])


async def measure(scale: Scale) -> AsyncIterator[Result]:
    """Compare with a bare aiohttp client at the same concurrency and latency."""
    with stores() as where:
        async for result in _at_once(where, scale):
            yield result
        async for result in _far_away(where, scale):
            yield result


async def _at_once(where: Stores, scale: Scale) -> AsyncIterator[Result]:
    """No latency, so that what is measured is work: with the provider, and without."""
    people = scale.people(20_000)
    async with provider() as stub:
        floor = await bare(stub, people, CALLS[-2])
        for engine in ENGINES:
            for name, to, beside, calls in (
                ("outbound", stub, floor, CALLS[-2]),
                ("dispatch", None, 0.0, CALLS[-1]),
            ):
                store = await broadcast(where, engine, people)
                said = await drained(store, to, calls)
                await where.drop(store)
                rate = people / said["seconds"]
                yield Result(f"{name}.{engine}", rate, "messages/s", beside, GOALS[engine])
                spent = said["cpu"] / people * 1e6
                yield Result(f"{name}.{engine}.cpu", spent, "µs of a core for a message")


async def _far_away(where: Stores, scale: Scale) -> AsyncIterator[Result]:
    """At a latency, what counts is that no call stands idle."""
    lines: dict[str, list[tuple[float, float]]] = {}
    async with provider(LATENCY) as stub:
        for calls in CALLS:
            people = int(calls / LATENCY * 1000 * scale.seconds(POINT_SECONDS)) + calls
            await bare(stub, people, calls)
            floor = await pace(stub, calls)
            lines.setdefault("bare client", []).append((calls, floor))
            for engine in ENGINES:
                store = await broadcast(where, engine, people)
                await drained(store, stub, calls)
                await where.drop(store)
                rate = await pace(stub, calls)
                lines.setdefault(engine, []).append((calls, rate))
                name = f"outbound.{engine}.{LATENCY}ms.{calls}"
                yield Result(name, rate, "messages/s", floor, floor * 0.95)
    if scale.writes:
        Chart(
            f"Messages a second against calls at a time, provider {LATENCY} ms away",
            "calls to the provider at a time",
            "messages a second",
            lines,
            logarithmic=True,
        ).write(DOCS / "performance" / "outbound.svg")
