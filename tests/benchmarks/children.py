"""Programs of a benchmark in processes of their own: one JSON argument in, one JSON line out."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.processes import ROOT, free_port, running

#: How often a child's memory is looked at, in seconds.
LOOK_EVERY = 1.0


async def told(
    module: str, job: dict[str, Any], *, watch: Callable[[int], Any] | None = None
) -> Any:
    """Run ``python -m MODULE JOB`` to its end; return what it printed.

    *watch* is called with its process id each second.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, json.dumps(job), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    watching = asyncio.create_task(_look(child.pid, watch)) if watch else None
    try:
        out, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        if watching:
            watching.cancel()
    if child.returncode:
        raise RuntimeError(f"{module} ended with {child.returncode}")
    return json.loads(out.splitlines()[-1])


async def _look(pid: int, watch: Callable[[int], Any]) -> None:
    while True:
        await watch(pid)
        await asyncio.sleep(LOOK_EVERY)


def resident_mb(pid: int | str = "self") -> float:
    """Return the resident memory of a process now, in megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def peak_mb() -> float:
    """Return the most that this process ever held, in megabytes.

    Not ``ru_maxrss``, which begins with what the process held that started this one.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


class Stub:
    """The provider in its own process, and questions to it."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def ask(self, path: str) -> Any:
        async with self._session.get(self.url + path) as answer:
            return await answer.json()

    async def taken(self) -> int:
        return int((await self.ask("/taken"))["taken"])


@asynccontextmanager
async def provider(milliseconds: float = 0) -> AsyncIterator[Stub]:
    """Start the provider with this latency."""
    port = free_port()
    command = ("-m", "tests.benchmarks.provider", str(port), str(milliseconds))
    async with (
        running(*command, port=port, path="/taken", environment={}) as process,
        aiohttp.ClientSession() as session,
    ):
        yield Stub(process.url, session)
