"""A real ``baraza run`` in a folder of its own, with a provider that is a local stub."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "bench-token", "+15005550006"


@dataclass(frozen=True)
class Process:
    """Something that listens on *url*; *started_in* seconds after it was spawned."""

    url: str
    pid: int
    started_in: float

    @property
    def resident_mb(self) -> float:
        """Resident memory now, in megabytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the process is gone")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(
    *command: str, port: int, path: str, environment: dict[str, str]
) -> AsyncIterator[Process]:
    """Spawn *command* and wait until *path* answers 200."""
    began = time.perf_counter()
    spawned = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _answers(url + path, spawned)
        yield Process(url, spawned.pid, time.perf_counter() - began)
    finally:
        if spawned.returncode is None:
            spawned.terminate()
        await spawned.wait()


async def _answers(url: str, spawned: asyncio.subprocess.Process) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            if spawned.returncode is not None:
                raise RuntimeError(f"it ended with {spawned.returncode}")
            try:
                async with session.get(url) as answer:
                    if answer.ok:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.01)


@asynccontextmanager
async def baraza(folder: Path, *, provider: str) -> AsyncIterator[Process]:
    """A whole installation on SQLite, bare, with Twilio played by *provider*."""
    port = free_port()
    environment = {
        "BARAZA_DATA_DIR": str(folder),
        "BARAZA_PORT": str(port),
        "BARAZA_TWILIO_ACCOUNT_SID": ACCOUNT,
        "BARAZA_TWILIO_AUTH_TOKEN": TOKEN,
        "BARAZA_TWILIO_FROM": NUMBER,
        "BARAZA_TWILIO_API_URL": provider,
    }
    command = ("-m", "app", "run", "--bare")
    async with running(*command, port=port, path="/healthz", environment=environment) as process:
        yield process
