"""``make bench``: every benchmark, or those whose names are given."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable

from tests.benchmarks import engine, inbound, outbound, startup
from tests.benchmarks.results import Result, report

BENCHMARKS: dict[str, Callable[[], Awaitable[Iterable[Result]]]] = {
    "startup": startup.measure,
    "engine": engine.measure,
    "inbound": inbound.measure,
    "outbound": outbound.measure,
}


async def main(names: list[str]) -> None:
    for name in names or BENCHMARKS:
        for result in await BENCHMARKS[name]():
            report(result)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
