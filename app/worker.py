"""The loops beside the web: each tick claims what is due and does it.

Nothing here decides anything. A follow-up, a silence, a held turn, an attachment are rows; the
worker takes them to the room that knows what to do.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from app import metrics
from app.clock import Clock
from app.reception import Reception
from app.wiring import House
from bots import dialogues
from bots.conversation import Event
from bots.effects import CheckInDue, NewsCame
from channels import contacts, inbox, outbox
from channels.base import Media, Polled
from channels.errors import Ambiguous, Busy, Forged, Malformed, Refused
from channels.sender import Sender
from console import sessions
from forum import alarms, attachments
from grievances import correspondence, deadlines, followups
from grievances.followups import FollowUp, Kind
from storage import heartbeats

log = structlog.get_logger()

#: How many follow-ups one tick takes; the next tick comes soon.
BATCH = 50

#: An inbound token is kept for as long as a provider may repeat it. Telegram keeps updates for a
#: day, Twilio's retries end within minutes; a week is far beyond both.
INBOX_KEPT = timedelta(days=7)

#: How long a settled row of the send ledger is kept: long enough to answer «did it arrive?».
OUTBOX_KEPT = timedelta(days=90)

#: How long polling waits after a failure.
POLL_PAUSE_SECONDS = 5.0


class Worker:
    """The sender, the clock and, where no webhook is set, the polling of one process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._reception = Reception(house)
        self._clock = Clock()
        self._sender = Sender(house.database, house.keyring, house.channels, by=self._name)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, alone: bool) -> None:
        """Begin. *alone*: no other process sends from this database, so what a dead one left
        behind is free at once."""
        self._house.wakes.append(self._sender.wake)
        await self._beat(datetime.now().astimezone())
        self._tasks.append(asyncio.create_task(self._sender.run(alone=alone)))
        for channel in self._house.channels.values():
            if isinstance(channel, Polled) and channel.polls:
                self._tasks.append(asyncio.create_task(self._poll(channel)))
        ticks = (
            (5, self._beat),
            (2, self.hear_silence),
            (2, self.follow_up),
            (5, self.hear_held),
            (5, self.fetch_attachments),
            (30, self.watch_deadlines),
            (3600, self.tidy),
        )
        for seconds, tick in ticks:
            self._clock.every(seconds, tick)
        self._clock.start()

    async def stop(self) -> None:
        """Stop claiming, let the sends under way settle, and end."""
        self._clock.stop()
        await self._sender.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _beat(self, now: datetime) -> None:
        async with self._house.database.transaction() as db:
            await heartbeats.beat(db, "sender", now)
