"""Tells whoever asked for it that their words were discussed: each once, by day.

One process does it at a time, by a lease. A batch is one transaction: the marks of who was told,
the rows of the ledger, and how far it has come; where a process dies, another goes on behind it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from app.holding import Holding
from app.wiring import House
from bots import outcome_lines
from channels import contacts, hours, optout, outbox
from channels.base import Outbound
from forum import bodies
from outreach import discussion_releases, discussions, report_backs
from outreach.discussions import Discussion, Outcomes
from outreach.report_backs import Wish
from storage.unit_of_work import Transaction
from vault.seals import CannotOpen

log = structlog.get_logger()

#: The lease of whoever tells.
LEASE: Final = "report-backs"

#: Tellers in one transaction: some tens of milliseconds of SQLite's writer.
BATCH: Final = 50

#: How long it is worth telling: a phone that is away comes back within a week, or is another's.
VALID_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _News:
    """What is told of one discussion. *body* is empty for the forum as a whole."""

    of: Discussion
    texts: Outcomes
    body: str
    today: date


class ReportingBack:
    """The ticks of all discussions that are being told, for one process."""

    def __init__(self, house: House, holding: Holding) -> None:
        self._house = house
        self._holding = holding

    async def run(self, now: datetime) -> None:
        """Tell what is to be told at *now*, where no other process does."""
        async with self._house.database.reading() as reads:
            stopped = await discussions.to_take_back(reads)
            waiting = await discussions.to_tell(reads)
        for discussion in stopped:
            while await self._take_back(discussion, now):
                pass
        if waiting:
            await self._holding.once(LEASE, partial(self._run, waiting, now))

    async def _take_back(self, discussion: str, now: datetime) -> bool:
        """Take back some of what waits to leave; False: that was all."""
        async with self._house.database.transaction() as db:
            return await discussion_releases.take_back(db, discussion, now)

    async def _run(self, waiting: Sequence[str], now: datetime, over: asyncio.Event) -> None:
        for discussion in waiting:
            while not over.is_set() and await self._some(discussion, now):
                pass
        self._house.wake()

    async def _some(self, discussion: str, now: datetime) -> bool:
        """Tell the next batch; False: that was the last."""
        async with self._house.database.transaction() as db:
            here = await discussions.held(db, discussion)
            if here is None or here.released_at is None:
                return False
            news = await self._news(db, here, now)
            page = await report_backs.page(
                db,
                here.talk.subject,
                before=here.released_at,
                after=here.told_to,
                limit=BATCH,
            )
            told = [await self._tell(db, news, wish, now) for wish in page]
            more = len(page) == BATCH
            await discussions.went_on(db, here.id, page[-1].voice_id if more else None)
        log.info("reported_back", told=sum(told), more=more)
        return more

    async def _news(self, db: Transaction, here: Discussion, now: datetime) -> _News:
        body = await bodies.body_by_id(db, here.talk.body_id)
        texts = await discussions.texts_of(db, here.id)
        today = now.astimezone(self._house.calendar.zone).date()
        return _News(here, texts, body.name if body else "", today)

    async def _tell(self, db: Transaction, news: _News, wish: Wish, now: datetime) -> bool:
        """Write the news down for one teller; False: they are not to be told, or were before."""
        keyring, talk = self._house.keyring, news.of.talk
        try:
            address = await contacts.resolve(db, keyring, wish.route_id)
        except CannotOpen:
            log.exception("report_back.cannot_open")
            return False  # one damaged row must not hold up the others
        line = self._house.routing.line(address) if address is not None else None
        if address is None or line is None or await optout.stopped(db, keyring, address):
            return False
        said = outcome_lines.line(
            news.texts,
            wish.language,
            talk.language,
            body=news.body,
            day=talk.day,
            today=news.today,
            style=self._house.channels[line].style,
        )
        if said is None:
            return False
        language, text = said
        teller = await discussions.first_time(db, keyring, news.of.id, address, language=language)
        if teller is None:
            return False
        zone = self._house.calendar.zone  # a story tells of no other
        leaves_at = hours.decent(zone, now)
        # By the story's own route: when its teller takes that back, nothing can leave any more.
        outbox_id = await outbox.enqueue(
            db,
            keyring,
            channel=line,
            route_id=wish.route_id,
            outbound=Outbound(text),
            kind="bulk",
            now=now,
            not_before=leaves_at,
            by_day=str(zone),
            expires_at=leaves_at + VALID_FOR,
        )
        await discussions.leaves(db, news.of.id, teller, outbox_id)
        return True
