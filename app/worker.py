"""The loops beside the web: each tick claims what is due and takes it to the room that knows.

Nothing here decides anything. A follow-up, a silence, a held turn, an attachment are rows.
"""

import asyncio
import os
import socket
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog

from app import metrics
from app.clock import Clock
from app.errands import Errands
from app.reception import Reception
from app.wiring import House
from bots import commands, dialogues
from channels import contacts, inbox, outbox
from channels.base import Announced, Hook, Polled
from channels.errors import Malformed
from channels.sender import Sender
from forum import alarms
from grievances import codes, correspondence, deadlines
from outreach import subscribers
from storage import heartbeats

log = structlog.get_logger()

T = TypeVar("T")

#: An inbound token is kept for as long as a provider may repeat it: Telegram keeps updates for a
#: day, Twilio's retries end within minutes. A week is far beyond both.
INBOX_KEPT = timedelta(days=7)

#: How long a settled row of the send ledger is kept: long enough to answer «did it arrive?».
OUTBOX_KEPT = timedelta(days=90)

#: How long to wait after a failure before the next try, in seconds.
PAUSE = 5.0


class Worker:
    """The sender, the clock and, where no webhook is set, the polling of one process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._database = house.database
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._reception = Reception(house)
        self._errands = Errands(house, self._name)
        self._clock = Clock()
        self._sender = Sender(
            house.database,
            house.keyring,
            house.channels,
            by=self._name,
            heed=self._reception.heed,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    async def start(self, *, alone: bool) -> None:
        """Begin.

        *alone*: no other process sends from this database, so what a dead one left is free at
        once.
        """
        self._house.wakes.append(self._sender.wake)
        await self.beat(datetime.now(UTC))
        self._tasks.append(asyncio.create_task(self._sender.run(alone=alone)))
        for channel in self._house.channels.values():
            if isinstance(channel, Announced):
                self._tasks.append(asyncio.create_task(self._announce(channel)))
            if isinstance(channel, Polled) and channel.polls:
                self._tasks.append(asyncio.create_task(self._poll(channel)))
        for seconds, tick in (
            (5, self.beat),
            (2, self.hear_silence),
            (1, self.follow_up),
            (5, self.hear_held),
            (3, self.fetch_attachments),
            (30, self.watch),
            (3600, self.tidy),
        ):
            self._clock.every(seconds, tick)
        self._clock.start()

    async def stop(self) -> None:
        """Stop claiming, let what is under way settle, and end."""
        self._stopping.set()
        await self._clock.stop()
        await self._sender.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sender.stop()  # for what its last round let go

    # --- ticks --------------------------------------------------------------------------------

    async def beat(self, now: datetime) -> None:
        """Say that the sender lives."""
        async with self._database.transaction() as db:
            await heartbeats.beat(db, "sender", now)

    async def hear_silence(self, now: datetime) -> None:
        """Let every silence count that is due."""
        while await self._house.runner.hear_silence(now):
            self._house.wake()

    async def hear_held(self, now: datetime) -> None:
        """Take the turns again that failed."""
        if await self._house.runner.hear_held(now):
            self._house.wake()

    async def follow_up(self, now: datetime) -> None:
        """Do the follow-ups that are due."""
        if await self._errands.follow_up(now):
            self._house.wake()

    async def fetch_attachments(self, now: datetime) -> None:
        """Bring what waits at the providers."""
        await self._errands.fetch_attachments(now)

    async def watch(self, now: datetime) -> None:
        """Note deadlines that come near or have passed, and measure what waits."""
        async with self._database.transaction() as db:
            near = await deadlines.claim_warnings(db, now)
            passed = await deadlines.claim_overdue(db, now)
        for what, found in (("near", near), ("passed", passed)):
            if found:
                log.info("deadlines", what=what, count=len(found))
        async with self._database.reading() as reads:
            metrics.OVERDUE.set(await deadlines.overdue(reads, now))
            metrics.ALARMS.set(len(await alarms.alarms(reads, now)))
            waiting = await outbox.waiting(reads)
        for channel in self._house.channels:
            metrics.QUEUE.labels(channel).set(waiting.get(channel, 0))

    async def tidy(self, now: datetime) -> None:
        """Forget what is not needed any more."""
        async with self._database.transaction() as db:
            await inbox.purge(db, now - INBOX_KEPT)
            await outbox.purge(db, now - OUTBOX_KEPT)
            await codes.purge(db, now)
            await correspondence.forget_ended(db, now)
            silent = await dialogues.forget_before(db, now - dialogues.KEPT_FOR)
            for route_id in await subscribers.unused(db, silent):
                await contacts.forget(db, route_id)

    # --- what a provider has to be told -------------------------------------------------------

    async def _announce(self, channel: Announced) -> None:
        """Tell the provider where our hook is, however long it does not answer."""
        while not self._stopping.is_set():
            try:
                await self._unless_stopped(channel.announce(commands.described()))
            except Exception:
                log.exception("announce.failed")
                await self._unless_stopped(asyncio.sleep(PAUSE))
            else:
                return

    # --- where no webhook reaches us ----------------------------------------------------------

    async def _poll(self, channel: Polled) -> None:
        while not self._stopping.is_set():
            try:
                hooks = await self._unless_stopped(channel.poll()) or ()
            except Exception:
                log.exception("poll.failed", channel=channel.name)
                await self._unless_stopped(asyncio.sleep(PAUSE))
                continue
            for hook in hooks:
                await self._take(channel, hook)

    async def _take(self, channel: Polled, hook: Hook) -> None:
        """Keep what came, however long that takes: the next poll says that we have it."""
        while not self._stopping.is_set():
            try:
                for arrival in channel.parse(hook):
                    await self._reception.receive(arrival)
            except Malformed:
                log.warning("poll.malformed", channel=channel.name)
                return
            except Exception:
                log.exception("poll.not_kept", channel=channel.name)
                await self._unless_stopped(asyncio.sleep(PAUSE))
            else:
                return

    async def _unless_stopped(self, wait: Coroutine[Any, Any, T]) -> T | None:
        """Return what *wait*, which holds no transaction, returns; None: we stop."""
        waits = asyncio.ensure_future(wait)
        stops = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait((waits, stops), return_when=asyncio.FIRST_COMPLETED)
        stops.cancel()
        if waits.done():
            return waits.result()
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        return None
