"""``make bench``: every benchmark, or those whose names are given, and the pages that tell them.

``make bench ARGS="outbound --quick"`` takes a look at a tenth of the size and writes no page.
"""

import argparse
import asyncio
import os
import platform
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from tests.benchmarks import (
    caseload,
    delivering,
    engine,
    figures,
    inbound,
    limits,
    nation,
    outbound,
    pages,
    priority,
    profile,
    startup,
    stopping,
    surveys,
)
from tests.benchmarks.results import Result, report
from tests.benchmarks.scale import Scale

BENCHMARKS: dict[str, Callable[[Scale], AsyncIterator[Result]]] = {
    "startup": startup.measure,
    "engine": engine.measure,
    "inbound": inbound.measure,
    "outbound": outbound.measure,
    "delivering": delivering.measure,
    "limits": limits.measure,
    "stopping": stopping.measure,
    "priority": priority.measure,
    "nation": nation.measure,
    "pages": pages.measure,
    "caseload": caseload.measure,
    "surveys": surveys.measure,
    "profile": profile.measure,
}


async def main(names: list[str], scale: Scale) -> int:
    """Run them; return how many broke down. What one had measured until then is kept."""
    day = datetime.now(UTC).date().isoformat()
    print(f"{day}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    return sum([not await _measured(name, scale, day) for name in names or BENCHMARKS])


async def _measured(name: str, scale: Scale, day: str) -> bool:
    results: list[Result] = []
    try:
        async for result in BENCHMARKS[name](scale):
            report(result)
            results.append(result)
    except Exception:  # noqa: BLE001 - an hour's other figures shall not be lost with it
        traceback.print_exc()
        return False
    finally:
        if scale.writes:
            figures.keep(results, day, quick=scale.quick)
            priority.draw(figures.read())
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, for a look")
    parser.add_argument("--write", action="store_true", help="tell a quick look on the pages, too")
    given = parser.parse_args()
    size = Scale(given.quick, writes=given.write or not given.quick)
    sys.exit(asyncio.run(main(given.names, size)))
