"""Keeps the time of every case: reads what the forum changes, and does what its clocks ask for.

Each chunk is a transaction of its own, so that a process that dies in the middle of ten thousand
cases has lost nothing that was done, and another goes on with what was not.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Protocol

import structlog
from sqlalchemy import or_

from app.holding import AWAY
from grievances import pending, rescheduling, waiting, watch
from grievances.almanac import Almanac
from storage.engine import Database
from storage.unit_of_work import Reads, Transaction

log = structlog.get_logger()

#: How often a process asks whether the forum changed what it works by, in seconds.
READ_EVERY: Final = 2.0


class Book(Protocol):
    """What a forum keeps and every process works by: its calendar, its taxonomy."""

    name: str

    async def read(self, db: Reads) -> object:
        """Read what has changed, if anything has."""


class Timekeeping:
    """The ticks of all deadlines, for one process; any number of processes may tick at once."""

    def __init__(self, database: Database, almanac: Almanac) -> None:
        self._database = database
        self._almanac = almanac

    async def keep(self, now: datetime) -> Mapping[str, int]:
        """Do all that is due at *now*; return how many cases each kind of work came to.

        First what the calendar moved and who was waited for long enough: either may make
        something due, or no longer due. A case for which another process has yet to do that is
        left to it, or to the next tick.
        """
        done = Counter[str]()
        for name, chunk in self._work(now):
            while count := await self._take(chunk):
                done[name] += count
        for name, count in done.items():
            log.info("deadlines", what=name, count=count)
        return done

    def _work(
        self, now: datetime
    ) -> tuple[tuple[str, Callable[[Transaction], Awaitable[int]]], ...]:
        calendar = self._almanac.calendar
        settled = ~or_(rescheduling.behind(calendar), waiting.over(now))

        async def warned(db: Transaction) -> int:
            done = await watch.warn(db, now, among=settled)
            await pending.call(db, done.rang, now)
            return done.cases

        async def escalated(db: Transaction) -> int:
            done = await watch.escalate(db, calendar, now, among=settled)
            await pending.call(db, done.rang, now)
            return done.cases

        return (
            ("reckoned_again", lambda db: rescheduling.catch_up(db, calendar, now)),
            ("back_to_review", lambda db: waiting.back_to_review(db, calendar, now)),
            ("unanswered", lambda db: waiting.unanswered(db, calendar, now)),
            ("warned", warned),
            ("escalated", escalated),
        )

    async def _take(self, chunk: Callable[[Transaction], Awaitable[int]]) -> int:
        async with self._database.transaction() as db:
            return await chunk(db)


@asynccontextmanager
async def following(database: Database, *books: Book) -> AsyncIterator[None]:
    """Read *books* now, and again and again until the end of the block."""
    for book in books:
        await _read(database, book)
    reading = [asyncio.create_task(_follow(database, book)) for book in books]
    try:
        yield
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


async def _follow(database: Database, book: Book) -> None:
    while True:
        await asyncio.sleep(READ_EVERY)
        try:
            await _read(database, book)
        except AWAY:
            # What was read last counts until it is back; what was reckoned by it is found then.
            log.warning("book.not_read", book=book.name)


async def _read(database: Database, book: Book) -> None:
    async with database.reading() as db:
        await book.read(db)
