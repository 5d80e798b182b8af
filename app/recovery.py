"""Brings what waits in the spool to the database, once it is there again."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from channels.base import Arrival, Receipt
from channels.spool import Spool, Spooled

log = structlog.get_logger()

#: How many are replayed before their place in the file is noted.
BATCH = 64

#: How long to wait before the database is tried again, in seconds: at first, and at most. What
#: was spooled has to be in within 30 s of its recovery.
PAUSES = (0.25, 5.0)

#: How often what dead processes left behind is looked for, in seconds.
LOOK_SECONDS = 10.0

Take = Callable[[Arrival, datetime], Awaitable[None]]


class Recovery:
    """Replays *spool* in order by *take*: contacts beside each other, each one's words in order.

    What was taken before a crash is taken again: every arrival is known by its token.
    """

    def __init__(self, spool: Spool, take: Take) -> None:
        self._spool = spool
        self._take = take
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Go on until nothing waits, unless somebody is at it."""
        if not self._spool.draining.locked() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._drain())

    async def watch(self) -> None:
        """Look for what waits, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Take over what dead processes left behind, and begin if anything waits."""
        try:
            await self._spool.adopt()
        except OSError:
            log.exception("spool.unreadable")
        if not self._spool.empty:
            self.begin()

    async def stop(self) -> None:
        """Stop; what is left waits on the disk."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _drain(self) -> None:
        async with self._spool.draining:
            pause = PAUSES[0]
            while not self._spool.empty:
                batch, end = await self._spool.oldest(BATCH)
                failed = await self._replay(batch)
                if failed and len(failed) == len(batch):
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, PAUSES[1])
                    continue
                for spooled in failed:  # the others got in, so this is its own fault
                    await self._spool.keep(spooled.arrival, spooled.at)
                await self._spool.done(end)
                pause = PAUSES[0]
        log.info("spool.empty")

    async def _replay(self, batch: Sequence[Spooled]) -> Sequence[Spooled]:
        """Take all of *batch*; return what the database did not."""
        lanes: dict[str, list[Spooled]] = defaultdict(list)
        for spooled in batch:
            lanes[_whose(spooled.arrival)].append(spooled)
        failed = await asyncio.gather(*map(self._lane, lanes.values()))
        return [spooled for lane in failed for spooled in lane]

    async def _lane(self, lane: Sequence[Spooled]) -> Sequence[Spooled]:
        """Take one contact's arrivals in order; return the one that failed and those behind it."""
        for done, spooled in enumerate(lane):
            try:
                await self._take(spooled.arrival, spooled.at)
            except (DataError, IntegrityError):
                # Only a receipt gets here, and no database will ever take it; what a person said
                # is held by the runner whatever becomes of its turn.
                log.exception("spool.never_taken", kind=type(spooled.arrival).__name__)
            except Exception:
                log.exception("spool.not_taken")
                return lane[done:]
        return ()


def _whose(arrival: Arrival) -> str:
    return arrival.provider_id if isinstance(arrival, Receipt) else arrival.address.value
