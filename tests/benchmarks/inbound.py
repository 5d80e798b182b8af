"""From a signed webhook to its committed turn: how many a second, and how soon answered."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import func, select

from channels.inbox import inbox
from tests.benchmarks.account import PUBLIC
from tests.benchmarks.caller import SCRIPTS, Calls
from tests.benchmarks.charts import Chart
from tests.benchmarks.children import provider, told
from tests.benchmarks.figures import DOCS
from tests.benchmarks.installation import WEB, WHOLE, house
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.benchmarks.stores import ENGINES, Store, stores
from tests.support.processes import free_port, running

#: What answers, and how many committed turns a second the design asks of it.
PROCESSES = {"sqlite": [WHOLE], "postgresql": [WEB] * 2}
GOALS = {"sqlite": 600, "postgresql": 1_000}

#: People who write at the same time, each waiting for the answer before the next message.
PEOPLE = 64
CROWDS = (1, 4, 16, 64, 256)

SECONDS = 20

#: delivery.md, 3.1: so many arrive a second for a minute, and 99 of 100 are answered in time.
PACE, PACE_SECONDS, IN_TIME = 100, 60, 0.3


@asynccontextmanager
async def floors(store: Store) -> AsyncIterator[list[str]]:
    """As many bare servers over the same kind of database."""
    where = f"{store.folder}/floor.db" if store.engine == "sqlite" else store.url
    async with AsyncExitStack() as stack:
        urls = []
        for _ in PROCESSES[store.engine]:
            port = free_port()
            command = ("-m", "tests.benchmarks.floors", str(port), where)
            bare = running(*command, port=port, path="/healthz", environment={})
            urls.append((await stack.enter_async_context(bare)).url)
        yield urls


async def called(
    urls: list[str], seconds: float, people: int, script: str = "talk", rate: float = 0
) -> dict[str, Any]:
    """Let *people* call for so long; return what their caller says."""
    calls = Calls(urls, PUBLIC, people, seconds, script, rate)
    said: dict[str, Any] = await told("tests.benchmarks.caller", calls.json)
    return {**said, "rate": said["done"] / said["seconds"]}


async def measure(scale: Scale) -> AsyncIterator[Result]:
    """Compare with a bare aiohttp form POST and one durable commit."""
    with stores() as where:
        lines: dict[str, list[tuple[float, float]]] = {}
        for engine in ENGINES:
            store = await where.fresh(engine)
            async with floors(store) as bare:
                floor = await called(bare, scale.seconds(SECONDS), PEOPLE)
                paced = await called(bare, scale.seconds(PACE_SECONDS), PACE, rate=PACE)
            async for result in _ours(store, scale, floor["rate"], paced["p99"], lines):
                yield result
            await where.drop(store)
    if scale.writes:
        Chart(
            "Committed turns a second against people who write at once",
            "people who write at once",
            "turns a second",
            lines,
            logarithmic=True,
        ).write(DOCS / "performance" / "inbound.svg")


async def _ours(
    store: Store,
    scale: Scale,
    floor: float,
    prompt: float,
    lines: dict[str, list[tuple[float, float]]],
) -> AsyncIterator[Result]:
    engine = store.engine
    async with (
        provider() as stub,
        house(store, *PROCESSES[engine], provider=stub.url) as processes,
    ):
        urls = [one.url for one in processes]
        warm = await called(urls, scale.seconds(SECONDS) / 2, CROWDS[-1])  # who are known then
        before = await _heard(store)
        assert before == warm["done"]
        yield await _acknowledged(engine, urls, scale, prompt)
        done = []
        for script in SCRIPTS:
            said = await called(urls, scale.seconds(SECONDS), PEOPLE, script)
            done.append(said["done"])
            goal = GOALS[engine] if script == "talk" else 0
            yield Result(f"inbound.{engine}.{script}", said["rate"], "turns/s", floor, goal)
        for people in CROWDS:
            said = await called(urls, scale.seconds(SECONDS) / 4, people)
            lines.setdefault(engine, []).append((people, said["rate"]))
        assert await _heard(store) >= before + sum(done)
        memory = sum(one.resident_mb for one in processes)
        yield Result(f"inbound.{engine}.memory", memory, "MB")


async def _heard(store: Store) -> int:
    """Return how many turns are committed. Raises when one failed and was put off."""
    async with store.opened() as database, database.reading() as reads:
        held = select(func.count()).select_from(inbox).where(inbox.c.held.is_not(None))
        if (await reads.execute(held)).scalar_one():
            raise RuntimeError("turns failed")
        return int((await reads.execute(select(func.count()).select_from(inbox))).scalar_one())


async def _acknowledged(engine: str, urls: list[str], scale: Scale, floor: float) -> Result:
    """Measure at an even pace, from the moment at which each call was due."""
    said = await called(urls, scale.seconds(PACE_SECONDS), PACE, rate=PACE)
    name = f"acknowledged.{engine}.p99"
    return Result(name, said["p99"] * 1000, "ms", floor * 1000, IN_TIME * 1000)
