"""Providers that are asked instead of calling us, and what providers have to be told.

Both are done by one process at a time, whichever holds the lease (``app.holding``).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from bots import commands
from channels.base import Announced, Arrival, Hook, Polled
from channels.errors import Malformed

log = structlog.get_logger()

T = TypeVar("T")

#: How long to wait after a failure before the next try, in seconds.
PAUSE = 5.0


class Polling:
    """Asks, and hands what came to *receive*. *stopping*: this process ends."""

    def __init__(
        self, receive: Callable[[Arrival], Awaitable[None]], stopping: asyncio.Event
    ) -> None:
        self._receive = receive
        self._stopping = stopping

    async def announce(self, channel: Announced, over: asyncio.Event) -> None:
        """Tell the provider where our hook is, however long it does not answer.

        Lasts until *over*, so that no other process says it again while this one lives.
        """
        while not over.is_set():
            try:
                await _unless(over, channel.announce(commands.described()))
            except Exception:
                log.exception("announce.failed")
                await _unless(over, asyncio.sleep(PAUSE))
            else:
                await over.wait()

    async def poll(self, channel: Polled, over: asyncio.Event) -> None:
        """Ask for updates until *over*."""
        while not over.is_set():
            try:
                hooks = await _unless(over, channel.poll()) or ()
            except Exception:
                log.exception("poll.failed", channel=channel.name)
                await _unless(over, asyncio.sleep(PAUSE))
                continue
            for hook in hooks:
                await self._take(channel, hook)

    async def _take(self, channel: Polled, hook: Hook) -> None:
        """Keep what came, however long that takes: the next poll says that we have it.

        Not only until the lease is lost: we may hold it again, and would then say so.
        """
        while not self._stopping.is_set():
            try:
                for arrival in channel.parse(hook):
                    await self._receive(arrival)
            except Malformed:
                log.warning("poll.malformed", channel=channel.name)
                return
            except Exception:
                log.exception("poll.not_kept", channel=channel.name)
                await _unless(self._stopping, asyncio.sleep(PAUSE))
            else:
                return


async def _unless(over: asyncio.Event, wait: Coroutine[Any, Any, T]) -> T | None:
    """Return what *wait*, which holds no transaction, returns; None: it is over."""
    waits = asyncio.ensure_future(wait)
    ends = asyncio.ensure_future(over.wait())
    await asyncio.wait((waits, ends), return_when=asyncio.FIRST_COMPLETED)
    ends.cancel()
    if waits.done():
        return waits.result()
    waits.cancel()
    await asyncio.gather(waits, return_exceptions=True)
    return None
