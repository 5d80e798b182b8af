"""Lets broadcasts leave at their times, counts how far they have come, and who was told.

One process does it at a time, by a lease; where it dies, the rows say where another goes on.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from app.holding import Holding
from app.wiring import House
from outreach import approvals, progress, register, runs, told
from outreach.announcements import Announcement
from storage.unit_of_work import Transaction

log = structlog.get_logger()

#: The lease of whoever makes rows, and of whoever counts them.
LEASE: Final = "announcements"
COUNTING: Final = "announcements.counting"

#: The lease of whoever notes who was told of a rule change.
COVERING: Final = "coverage"


class Announcing:
    """The ticks of all broadcasts, for one process."""

    def __init__(self, house: House, holding: Holding) -> None:
        self._house = house
        self._holding = holding

    async def run(self, now: datetime) -> None:
        """Let leave what is due at *now*, where no other process does."""
        async with self._house.database.reading() as reads:
            something = await runs.anything(reads)
        if something:
            await self._holding.once(LEASE, partial(self._run, now))

    async def count(self, now: datetime) -> None:
        """Count what has moved, where no other process does."""
        async with self._house.database.reading() as reads:
            moved = await progress.due(reads, now)
        if moved:
            await self._holding.once(COUNTING, partial(self._count, now))

    async def cover(self, now: datetime) -> None:
        """Note who was told of a rule change, and count for the register what is due."""
        async with self._house.database.reading() as reads:
            settled = await told.anything(reads)
            uncounted = await register.due(reads, now, self._house.office.zone)
        if settled or uncounted:
            await self._holding.once(COVERING, partial(self._cover, now))

    async def _run(self, now: datetime, over: asyncio.Event) -> None:
        database, office = self._house.database, self._house.office
        judge = partial(self._may_leave, now=now)
        begun = await runs.begin_due(database, zones=office.zones, judge=judge, now=now)
        gone = await runs.ready(
            database, zones=office.zones, ways=office.ways, now=now, enough=over.is_set
        )
        ended = await runs.end_over(database, now)
        if begun or gone or ended:
            log.info("broadcasts", begun=begun, gone=gone, ended=ended)
        if gone:
            self._house.wake()

    async def _may_leave(self, db: Transaction, this: Announcement, *, now: datetime) -> bool:
        return await approvals.still_holds(db, this, self._house.office, now)

    async def _count(self, now: datetime, _over: asyncio.Event) -> None:
        await progress.count_due(self._house.database, now)

    async def _cover(self, now: datetime, over: asyncio.Event) -> None:
        database = self._house.database
        await told.take(database, now, enough=over.is_set)
        await register.count(database, now, self._house.office.zone)
