"""A real HTTP server on this machine that stands in for a provider, and its faults."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from aiohttp import web


@dataclass(frozen=True)
class Fault:
    """How one request goes wrong. *taken*: the provider did what was asked all the same."""

    status: int = 0
    code: int = 0
    retry_after: int | None = None
    delay: float = 0  # seconds before the answer; ``never`` waits until the server stops
    never: bool = False
    drop: bool = False  # the connection breaks instead of an answer
    garbled: bool = False  # the answer breaks off in its middle
    taken: bool = False
    description: str = ""


class LoopbackServer:
    """Listens on a free port of the loopback interface while it is entered."""

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.latency = 0.0  # seconds that every answer takes
        self.violations: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.app = web.Application(client_max_size=64 * 1024 * 1024)
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.session.close()
        await self._runner.cleanup()

    def later(self, work: Any) -> None:
        """Do *work*, a coroutine, besides answering."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def suffer(
        self,
        request: web.Request,
        refuse: Callable[[Fault], web.Response],
        take: Callable[[], web.Response],
    ) -> web.StreamResponse:
        """Answer with *take*, unless a fault is due."""
        if not self.faults:
            taken = take()
            if self.latency:
                await asyncio.sleep(self.latency)
            return taken
        fault = self.faults.popleft()
        answer = take() if fault.taken or not (fault.status or fault.drop or fault.never) else None
        if fault.never:
            await self._stopping.wait()
        await asyncio.sleep(fault.delay)
        if fault.drop or fault.never:
            if request.transport is not None:
                request.transport.abort()
            return answer or web.Response(status=500)
        if fault.status:
            return refuse(fault)
        assert answer is not None
        if fault.garbled:
            return web.Response(body=answer.body[:-2], content_type="application/json")
        return answer
