"""How long a second start takes until it answers, and what it holds in memory then."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.installation import baraza
from tests.benchmarks.results import Result
from tests.support.processes import free_port, running


async def measure() -> Iterable[Result]:
    """Compare with a bare aiohttp server started the same way."""
    with tempfile.TemporaryDirectory() as folder:
        provider = "http://127.0.0.1:9"  # nobody listens there, and nobody is written to
        async with baraza(Path(folder) / "ours", provider=provider):
            pass  # the first start makes keys and tables
        async with baraza(Path(folder) / "ours", provider=provider) as ours:
            time_, memory = ours.started_in, ours.resident_mb
        port = free_port()
        command = ("-m", "tests.benchmarks.floors", str(port), folder)
        async with running(*command, port=port, path="/healthz", environment={}) as floor:
            return [
                Result("start-up", time_, "s", floor.started_in),
                Result("resident memory", memory, "MB", floor.resident_mb),
            ]
