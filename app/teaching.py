"""Brings the lessons that are due to whoever learns, by day, where they are.

One process does it at a time, by a lease. A lesson is one transaction: that it is sent, and the
rows of the ledger; where a process dies, nobody has it twice, and nobody is left out.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from app.holding import Holding
from app.wiring import House
from bots import dialogues, lesson_lines
from channels import contacts, hours, optout
from outreach import learners
from outreach.learners import LATER, Learner
from storage.unit_of_work import Transaction

log = structlog.get_logger()

#: The lease of whoever brings lessons.
LEASE: Final = "lessons"

#: Learners that are looked at with one question.
BATCH: Final = 50


class Teaching:
    """The ticks of all lessons, for one process."""

    def __init__(self, house: House, holding: Holding) -> None:
        self._house = house
        self._holding = holding

    async def run(self, now: datetime) -> None:
        """Bring what is due at *now*, where no other process does."""
        async with self._house.database.reading() as reads:
            something = await learners.due(reads, now, 1)
        if something:
            await self._holding.once(LEASE, partial(self._run, now))

    async def _run(self, now: datetime, over: asyncio.Event) -> None:
        sent = 0
        while not over.is_set():
            async with self._house.database.reading() as reads:
                waiting = await learners.due(reads, now, BATCH)
            for learner in waiting:
                sent += await self._bring(learner, now)
            if len(waiting) < BATCH:
                break
        if sent:
            log.info("lessons", sent=sent)
            self._house.wake()

    async def _bring(self, learner: Learner, now: datetime) -> bool:
        """Bring one lesson, or put it off; one that cannot be brought holds up no other."""
        try:
            async with self._house.database.transaction() as db:
                return await self._try(db, learner, now)
        except Exception:
            log.exception("lesson.failed")
            async with self._house.database.transaction() as db:
                await learners.put_off(db, learner, now + LATER)
            return False

    async def _try(self, db: Transaction, learner: Learner, now: datetime) -> bool:
        keyring = self._house.keyring
        zone = ZoneInfo(learner.zone) if learner.zone else self._house.calendar.zone
        begins = hours.decent(zone, now)
        if begins > now:
            await learners.put_off(db, learner, begins)
            return False
        address = await contacts.resolve(db, keyring, learner.route_id)
        if address is None:
            await learners.give_up(db, learner)
            return False
        unserved = self._house.routing.line(address) is None
        if unserved or await optout.stopped(db, keyring, address):
            await learners.put_off(db, learner, now + LATER)
            return False
        contact = await dialogues.load(db, keyring, address, now)
        language = contact.language or learner.language
        came = await lesson_lines.lesson_of(db, learner, language, now)
        if came is None:
            await learners.put_off(db, learner, now + LATER)
            return False
        tell = partial(self._house.runner.tell, db, address, language, "lessons", came, now)
        await tell(kind="bulk", by_day=str(zone))
        return True
