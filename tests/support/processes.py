"""Real processes of Baraza, started the way an operator starts them."""

import asyncio
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[2]

#: Seconds after which a process that does not answer counts as broken.
PATIENCE = 90.0


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One child process that serves HTTP, and everything that it printed."""

    def __init__(self, child: asyncio.subprocess.Process, port: int, began: float) -> None:
        self.child = child
        self.url = f"http://127.0.0.1:{port}"
        self.public = f"http://localhost:{port}"
        self.out = b""
        self.err = b""
        self.started_in = 0.0
        self._began = began
        self._readers = (
            asyncio.create_task(self._read("out", child.stdout)),
            asyncio.create_task(self._read("err", child.stderr)),
        )

    async def _read(self, name: str, stream: asyncio.StreamReader | None) -> None:
        assert stream is not None
        while block := await stream.read(65536):
            setattr(self, name, getattr(self, name) + block)

    async def answers(self, path: str) -> None:
        """Wait until *path* answers 200."""
        async with aiohttp.ClientSession() as session:
            while time.perf_counter() - self._began < PATIENCE:
                if self.child.returncode is not None:
                    await self.ended()
                    raise RuntimeError(f"ended with {self.child.returncode}: {self.err!r}")
                try:
                    async with session.get(self.url + path) as answer:
                        if answer.ok:
                            self.started_in = time.perf_counter() - self._began
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.01)
        raise TimeoutError(path)

    async def printed(self, pattern: str) -> str:
        """Wait for a line that matches; return its first group."""
        while time.perf_counter() - self._began < PATIENCE:
            found = re.search(pattern, self.out.decode())
            if found:
                return found[1]
            await asyncio.sleep(0.02)
        raise TimeoutError(pattern)

    @property
    def resident_mb(self) -> float:
        """Resident memory now, in megabytes."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the process is gone")

    async def kill(self) -> None:
        """End it the hardest way there is."""
        if self.child.returncode is None:
            self.child.send_signal(signal.SIGKILL)
        await self.ended()

    async def stop(self) -> None:
        """Ask it to end, as a supervisor does."""
        if self.child.returncode is None:
            self.child.terminate()
        await self.ended()

    async def ended(self) -> None:
        """Wait for its end and for the last of what it printed."""
        await self.child.wait()
        await asyncio.gather(*self._readers)


async def spawn(*command: str, port: int, environment: Mapping[str, str]) -> Process:
    """Start ``python COMMAND``."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BARAZA_")}
    began = time.perf_counter()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        env={**clean, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Process(child, port, began)


@asynccontextmanager
async def running(
    *command: str, port: int, path: str, environment: Mapping[str, str]
) -> AsyncIterator[Process]:
    """Start ``python COMMAND``, wait until *path* answers, and stop it at the end."""
    process = await spawn(*command, port=port, environment=environment)
    try:
        await process.answers(path)
        yield process
    finally:
        await process.stop()


def environment(folder: Path, port: int, **settings: str) -> dict[str, str]:
    """Return the variables of an installation in *folder* that listens on *port*."""
    given = {"data_dir": str(folder), "port": str(port), **settings}
    return {f"BARAZA_{name.upper()}": value for name, value in given.items()}
