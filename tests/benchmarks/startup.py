"""How long a second start takes until it answers, and what it holds in memory then."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.benchmarks.installation import WHOLE, baraza
from tests.benchmarks.results import Result
from tests.benchmarks.scale import Scale
from tests.support.processes import free_port, running

#: Nobody listens there, and nobody is written to.
NOBODY = "http://127.0.0.1:9"


async def measure(_scale: Scale) -> AsyncIterator[Result]:
    """Compare with a bare aiohttp server started the same way."""
    with tempfile.TemporaryDirectory() as folder:
        async with baraza(Path(folder) / "ours", *WHOLE, provider=NOBODY):
            pass  # the first start makes keys and tables
        async with baraza(Path(folder) / "ours", *WHOLE, provider=NOBODY) as ours:
            time_, memory = ours.started_in, ours.resident_mb
        port = free_port()
        command = ("-m", "tests.benchmarks.floors", str(port), f"{folder}/floor.db")
        async with running(*command, port=port, path="/healthz", environment={}) as floor:
            yield Result("startup", time_, "s", floor.started_in)
            yield Result("memory.resident", memory, "MB", floor.resident_mb)
