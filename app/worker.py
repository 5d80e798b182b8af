"""The loops beside the web: each tick claims what is due and takes it to the room that knows.

Nothing here decides anything. A follow-up, a silence, a held turn, an attachment are rows.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from app.announcing import Announcing
from app.clock import Clock
from app.digests import Digests
from app.errands import BATCH, Errands
from app.fetching import Fetching
from app.holding import Holding
from app.polling import Polling
from app.reception import Reception
from app.reconciliation import Reconciliation
from app.reporting_back import ReportingBack
from app.teaching import Teaching
from app.timekeeping import Timekeeping
from app.wiring import House
from bots import dialogues, doors
from channels import archive, contacts, dead_letters, inbox, tallies, unreachable, windows
from channels.base import Announced, Polled
from channels.sender import Sender
from grievances import codes, correspondence, digests
from outreach import (
    importing,
    imports,
    learners,
    recipients,
    report_backs,
    subscribers,
    told,
    trials,
)
from storage import heartbeats

#: An inbound token is kept for as long as a provider may repeat it: Telegram keeps updates for a
#: day, Twilio's retries end within minutes. A week is far beyond both.
INBOX_KEPT = timedelta(days=7)

#: Batches of follow-ups in one tick. What is claimed is leased for 60 s from the tick's time, and
#: 500 are done well within that; after a day off the next tick goes on at once.
BATCHES = 10

#: How much of a machine's name is in ours: the ledger has 64 characters for the whole.
HOST_CHARACTERS = 40


def own_name() -> str:
    """Return a name for this process that no other has.

    Host and number alone will not do: in containers every process is number 1, and hosts may
    share a name.
    """
    return f"{socket.gethostname()[:HOST_CHARACTERS]}:{os.getpid()}:{secrets.token_hex(4)}"


class Worker:
    """The sender, the clock and, where no webhook is set, the polling of one process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._database = house.database
        self.name = own_name()
        self._reception = Reception(house)
        self._reconciliation = Reconciliation(
            house.database, house.keyring, house.channels, self._reception.receive
        )
        self._errands = Errands(house, self.name)
        self._fetching = Fetching(house)
        self._digests = Digests(house)
        self._timekeeping = Timekeeping(house.database, house.almanac)
        self._clock = Clock()
        self._sender = Sender(
            house.database,
            house.keyring,
            house.channels,
            by=self.name,
            paces=house.paces,
            heed=self._reception.heed,
            routing=house.routing,
            kin=recipients.kin,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        # On SQLite nobody else lives (``storage.only_process``): a lease is a dead one's.
        self._holding = Holding(
            house.database, self.name, self._stopping, seize=house.database.embedded
        )
        self._announcing = Announcing(house, self._holding)
        self._reporting_back = ReportingBack(house, self._holding)
        self._teaching = Teaching(house, self._holding)

    async def start(self, *, alone: bool) -> None:
        """Begin.

        *alone*: no other process sends from this database, so what a dead one left is free at
        once.
        """
        self._house.wakes.append(self.wake)
        await self.beat(datetime.now(UTC))
        self._begin(self._sender.run(alone=alone))
        self._attend()
        for seconds, tick in (
            (5, self.beat),
            (2, self.hear_silence),
            (2, self._announcing.run),
            (3, self._announcing.count),
            (10, self._announcing.cover),
            (5, self._reporting_back.run),
            (15, self._teaching.run),
            (1, self.follow_up),
            (5, self.hear_held),
            (3, self.fetch_attachments),
            (5, self.put_on_lists),
            (10, self.recover),
            (30, self.watch),
            (30, self.mail),
            (300, self.look_back),
            (60, self.archive),
            (3600, self.tidy),
        ):
            self._clock.every(seconds, tick)
        self._clock.start()

    def wake(self) -> None:
        """Tell our sender that something waits."""
        self._sender.wake()

    async def stop(self) -> None:
        """Stop claiming, let what is under way settle, and end."""
        self._stopping.set()
        await self._clock.stop()
        await self._sender.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sender.stop()  # for what its last round let go
        await self._reception.recovery.stop()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    def _attend(self) -> None:
        """Tell the providers what they have to know, and ask those that cannot call us."""
        polling = Polling(self._reception.receive, self._stopping)
        for name, channel in self._house.channels.items():
            if isinstance(channel, Announced):
                work = partial(polling.announce, channel)
                self._begin(self._holding.always(f"announce:{name}", work))
            if isinstance(channel, Polled) and channel.polls:
                work = partial(polling.poll, channel)
                self._begin(self._holding.always(f"poll:{name}", work))

    # --- ticks --------------------------------------------------------------------------------

    async def beat(self, now: datetime) -> None:
        """Say that the sender lives."""
        async with self._database.transaction() as db:
            await heartbeats.beat(db, "sender", now)

    async def hear_silence(self, now: datetime) -> None:
        """Let every silence count that is due."""
        while not self._stopping.is_set() and await self._house.runner.hear_silence(now):
            self._house.wake()

    async def hear_held(self, now: datetime) -> None:
        """Take the turns again that failed."""
        if await self._house.runner.hear_held(now):
            self._house.wake()

    async def follow_up(self, now: datetime) -> None:
        """Do the follow-ups that are due, however many that are after a day off."""
        for _ in range(BATCHES):
            count = await self._errands.follow_up(now)
            if count:
                self._house.wake()
            if count < BATCH or self._stopping.is_set():
                return

    async def recover(self, _now: datetime) -> None:
        """Bring in what a process that died could not bring to the database."""
        await self._reception.recovery.look()

    async def look_back(self, now: datetime) -> None:
        """Take in what was written to us while no hook was answered."""
        await self._reconciliation.look_back(now)

    async def fetch_attachments(self, now: datetime) -> None:
        """Bring home what waits at the providers, and clean it."""
        await self._fetching.run(now)

    async def watch(self, now: datetime) -> None:
        """Do what the deadlines ask for, and write down what was counted."""
        await self._timekeeping.keep(now)
        await self._reception.tally.write(now)

    async def mail(self, now: datetime) -> None:
        """Mail members how much waits for them, where they wish it."""
        await self._digests.run(now)

    async def put_on_lists(self, now: datetime) -> None:
        """Go on with lists of subscribers that somebody brought, or takes back."""
        async with self._database.reading() as db:
            if await imports.at_work(db) is None:
                return
        await self._holding.once("lists", partial(self._put_on_lists, now))

    async def _put_on_lists(self, now: datetime, over: asyncio.Event) -> None:
        await importing.advance(self._database, now, free=doors.free, enough=over.is_set)

    async def archive(self, now: datetime) -> None:
        """Count what was settled long ago, and let it leave the send ledger."""
        await self._holding.once("archive", partial(self._archive, now))

    async def _archive(self, now: datetime, over: asyncio.Event) -> None:
        # Who was told is noted before the rows that say so leave.
        await told.take(self._database, now, enough=over.is_set)
        await archive.run(self._database, now, enough=over.is_set)

    async def tidy(self, now: datetime) -> None:
        """Forget what is not needed any more: in one process, or two would wait for each other."""
        await self._holding.once("tidy", partial(self._forget, now))

    async def _forget(self, now: datetime, over: asyncio.Event) -> None:
        while not over.is_set():
            async with self._database.transaction() as db:
                if not await inbox.purge(db, now - INBOX_KEPT):
                    break
        async with self._database.transaction() as db:
            await codes.purge(db, now)
            await dead_letters.forget_words(db, now)
            await tallies.purge(db, now)
            await windows.purge(db, now)
            await unreachable.forget_before(db, now - unreachable.KEPT_FOR)
            await correspondence.forget_ended(db, now)
            await digests.purge(db, now)
            await imports.purge(db, now)
            await trials.forget(db, now)
            await report_backs.purge(db, now)
            silent = await dialogues.forget_before(db, now - dialogues.KEPT_FOR)
            for route_id in await learners.unused(db, await subscribers.unused(db, silent)):
                await contacts.forget(db, route_id)
