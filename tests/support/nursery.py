"""Senders that are born quickly and die hard: each is a process of its own, ended by ``kill -9``.

To start Python and load the libraries takes a second, and a soak needs hundreds of lives. So one
process loads everything once and waits; each life is forked off it, and opens its own database
connections, as one that an operator started does.
"""

import asyncio
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class Nursery:
    """``async with Nursery(log) as nursery``; what the senders log is in the file *log*."""

    def __init__(self, log: Path) -> None:
        self.log = log

    async def __aenter__(self) -> Self:
        with self.log.open("ab") as log:
            self._mother = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tests.support.nursery"),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        await self._line()  # it has loaded everything
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._mother.stdin is not None
        self._mother.stdin.close()  # whoever still lives is killed
        await self._mother.wait()

    async def birth(self, where: Mapping[str, Any]) -> int:
        """Start a sender as ``tests.support.sender_process`` does; return its process id.

        With *sites*: all that lets broadcasts leave, as ``tests.support.news_process`` does.
        """
        return int(await self._ask({"birth": dict(where)}))

    async def kill(self, pid: int) -> int:
        """End it with SIGKILL and wait until it is gone; return by which signal it ended."""
        return int(await self._ask({"kill": pid}))

    async def _ask(self, order: dict[str, Any]) -> str:
        assert self._mother.stdin is not None
        self._mother.stdin.write(json.dumps(order).encode() + b"\n")
        await self._mother.stdin.drain()
        return await self._line()

    async def _line(self) -> str:
        assert self._mother.stdout is not None
        line = await self._mother.stdout.readline()
        if not line:
            raise RuntimeError(self.log.read_text()[-2000:])
        return line.decode().strip()


# --- the other side -----------------------------------------------------------------------------


def _birth(where: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    # Loaded by the mother already.
    from tests.support import news_process, sender_process  # noqa: PLC0415 - see above

    os.dup2(2, 1)  # its own words must not get between the mother's answers
    status = 1
    try:
        if "file_limit" in where:
            _limit(int(where["file_limit"]))
        sites = where.pop("sites", None)  # what a whole nation's process has to know besides
        process = sender_process.main(where) if sites is None else news_process.main(where, sites)
        asyncio.run(process)
        status = 0
    finally:
        os._exit(status)


def _limit(size: int) -> None:
    """Let no file grow beyond *size* bytes, until somebody outside lifts that."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def _kill(pid: int) -> int:
    os.kill(pid, signal.SIGKILL)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


def _mother() -> None:
    from app import logs  # noqa: PLC0415 - the other side needs none of it

    for module in (
        *("channels.sms", "channels.telegram", "channels.whatsapp"),
        *("tests.support.sender_process", "tests.support.news_process"),
    ):
        importlib.import_module(module)  # so that the children need not
    logs.set_up("json", sys.stderr)
    print("ready", flush=True)
    alive: set[int] = set()
    for line in sys.stdin:
        match json.loads(line):
            case {"birth": where}:
                alive.add(pid := _birth(where))
                print(pid, flush=True)
            case {"kill": pid}:
                alive.discard(pid)
                print(_kill(pid), flush=True)
    for pid in alive:
        _kill(pid)


if __name__ == "__main__":
    _mother()
