"""Everybody's row of a broadcast, made in a process of its own; says how long and how large.

``python -m tests.benchmarks.planning JOB`` with ``database``, ``data`` and ``broadcast``.
"""

import json
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from sqlalchemy import text

from storage.engine import connect
from tests.benchmarks import news
from tests.benchmarks.children import peak_mb, resident_mb, told
from tests.benchmarks.results import Result
from tests.benchmarks.stores import Store

#: delivery.md, 3.9: for a million.
SECONDS, MEGABYTES = 30.0, 200.0

#: The least that an engine must write to hold an id for each person, unique.
FLOOR = (
    "CREATE TABLE floor (id TEXT PRIMARY KEY)",
    "INSERT INTO floor SELECT route_id FROM subscribers",
    "DROP TABLE floor",
)


async def measured(store: Store, people: int) -> AsyncIterator[Result]:
    """Plan for all of them; yield the figures. What was planned stays, approved."""
    async with store.opened() as database:
        floor = await _floor(store)
        one = await news.written(database, datetime.now(UTC))
        job = {"database": store.url, "data": str(store.folder), "broadcast": one}
        said = await told("tests.benchmarks.planning", job)
        await news.approved(database, one, datetime.now(UTC))
    assert said["rows"] == people
    name = f"planning.{store.engine}"
    yield Result(f"{name}.seconds", said["seconds"], "s", floor, SECONDS)
    yield Result(f"{name}.rate", people / said["seconds"], "rows/s", people / floor)
    yield Result(f"{name}.peak", said["peak_mb"], "MB", said["before_mb"], MEGABYTES)


async def _floor(store: Store) -> float:
    async with store.opened() as database, database.writer.begin() as connection:
        made, filled, dropped = map(text, FLOOR)
        await connection.execute(made)
        began = time.perf_counter()
        await connection.execute(filled)
        took = time.perf_counter() - began
        await connection.execute(dropped)
    return took


async def main(database: str, data: str, broadcast: str) -> None:
    opened = connect(database, Path(data))
    before, began = resident_mb(), time.perf_counter()
    rows = await news.planned(opened, broadcast, datetime.now(UTC))
    said = {
        "rows": rows,
        "seconds": time.perf_counter() - began,
        "before_mb": before,
        "peak_mb": peak_mb(),
    }
    await opened.close()
    print(json.dumps(said))


if __name__ == "__main__":
    uvloop.run(main(**json.loads(sys.argv[1])))
