"""The clock ticks, and does nothing else.

APScheduler holds no job of the product: what is due is a row, claimed by a conditional update, so
that a double tick, a missed tick and a tick on two machines are all harmless.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()

Tick = Callable[[datetime], Awaitable[object]]


class Clock:
    """Calls each tick every so many seconds, one call of it at a time."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )

    def every(self, seconds: float, tick: Tick) -> None:
        """Call *tick* with the time, first at once, then every *seconds*."""

        async def ticked() -> None:
            try:
                await tick(datetime.now(UTC))
            except Exception:
                # One bad tick must not end the clock; the row is still due at the next.
                log.exception("clock.tick_failed", tick=tick.__name__)

        self._scheduler.add_job(
            ticked, "interval", seconds=seconds, next_run_time=datetime.now(UTC)
        )

    def start(self) -> None:
        """Begin to tick, in the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Tick no more. A tick under way is rolled back by its own transaction."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
