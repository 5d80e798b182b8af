"""The clock ticks, and does nothing else.

APScheduler holds no job of the product: what is due is a row, claimed by a conditional update, so
that a double tick, a missed tick and a tick on two machines are all harmless.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()

#: How long ticks under way are waited for at the end, in seconds: longer than any transaction,
#: and as long as container runtimes wait for a process.
STOP_SECONDS = 10

Tick = Callable[[datetime], Awaitable[object]]


class Clock:
    """Calls each tick every so many seconds, one call of it at a time."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        self._ticking: set[asyncio.Task[Any] | None] = set()
        self._stopping = False

    def every(self, seconds: float, tick: Tick) -> None:
        """Call *tick* with the time, first at once, then every *seconds*."""

        async def ticked() -> None:
            if self._stopping:
                return
            self._ticking.add(task := asyncio.current_task())
            try:
                await tick(datetime.now(UTC))
            except Exception:
                # One bad tick must not end the clock; the row is still due at the next.
                log.exception("clock.tick_failed", tick=tick.__name__)
            finally:
                self._ticking.discard(task)

        self._scheduler.add_job(
            ticked, "interval", seconds=seconds, next_run_time=datetime.now(UTC)
        )

    def start(self) -> None:
        """Begin to tick, in the running loop."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Tick no more, and let the ticks under way finish.

        To cut one off in the middle of a transaction is safe for its rows, and not for its
        connection: aiosqlite can wait for ever for one that was closed twice.
        """
        self._stopping = True
        if under_way := {task for task in self._ticking if task is not None}:
            await asyncio.wait(under_way, timeout=STOP_SECONDS)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
