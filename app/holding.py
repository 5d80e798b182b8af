"""What one process of many does: the one that holds a lease, until it dies and another takes over.

A lease that is lost ends the work, and does not cut it off: it may be in a transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage import leases
from storage.engine import Database

log = structlog.get_logger()

#: How often to look whether a lease that another process held is free, in seconds.
LOOK_EVERY = 1.0

#: What goes wrong when the database is away, locked or full.
AWAY = (SQLAlchemyError, OSError, TimeoutError)

#: What to do while a lease is held. It ends by itself, or soon after the event is set.
Work: TypeAlias = Callable[[asyncio.Event], Awaitable[None]]


def _clock() -> datetime:
    return datetime.now(UTC)


class Holding:
    """Takes leases for one process, which is called *by* in the database.

    *stopping* ends everything. *seize*: no other process lives, so whoever holds a lease is dead.
    """

    def __init__(
        self,
        database: Database,
        by: str,
        stopping: asyncio.Event,
        *,
        seize: bool = False,
        clock: Callable[[], datetime] = _clock,
    ) -> None:
        self._database = database
        self._by = by
        self._stopping = stopping
        self._seize = seize
        self._clock = clock

    async def always(self, name: str, work: Work) -> None:
        """Do *work* whenever this process holds the lease *name*, until it stops."""
        while not self._stopping.is_set():
            try:
                await self.once(name, work)
            except AWAY:
                log.exception("lease.not_taken", lease=name)
            await self._stopped_within(LOOK_EVERY)

    async def once(self, name: str, work: Work) -> bool:
        """Do *work* if the lease *name* is free; False: another process does it."""
        if not await self._take(name):
            return False
        over = asyncio.Event()
        doing = asyncio.ensure_future(work(over))
        try:
            while await self._goes_on(doing) and await self._still_ours(name):
                pass
        finally:
            over.set()
            await asyncio.gather(doing, return_exceptions=True)
            await self._release(name)
        doing.result()
        return True

    async def _goes_on(self, doing: "asyncio.Future[None]") -> bool:
        """Wait until it is time to renew; False: the work has ended, or has to."""
        stops = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait(
            (doing, stops),
            timeout=leases.RENEW_EVERY.total_seconds(),
            return_when=asyncio.FIRST_COMPLETED,
        )
        stops.cancel()
        return not (doing.done() or self._stopping.is_set())

    async def _take(self, name: str) -> bool:
        async with self._database.transaction() as db:
            return await leases.take(db, name, self._by, self._clock(), seize=self._seize)

    async def _still_ours(self, name: str) -> bool:
        try:
            held = await self._take(name)
        except AWAY:
            # From a database that is away nobody else takes it either. One that is away from us
            # alone gives it to another, and both work for a while: each piece of work has to
            # bear that, as it has to bear a process that is stopped and wakes up again.
            log.warning("lease.not_renewed", lease=name)
            return True
        if not held:
            log.warning("lease.lost", lease=name)
        return held

    async def _release(self, name: str) -> None:
        try:
            async with self._database.transaction() as db:
                await leases.release(db, name, self._by)
        except AWAY:
            log.warning("lease.not_released", lease=name)  # it runs out by itself

    async def _stopped_within(self, seconds: float) -> None:
        stops = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait((stops,), timeout=seconds)
        stops.cancel()
