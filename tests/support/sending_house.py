"""A sender, one scripted channel, and a clock that the test moves."""

import asyncio
import dataclasses
import time
from datetime import timedelta

from sqlalchemy import select

from channels import contacts, outbox, reaper
from channels.base import Address, Outbound
from channels.errors import Ambiguous
from channels.ledger import outbox as table
from channels.limiter import Pace
from channels.sender import Sender
from tests.support.scripted_channel import ScriptedChannel

ANNA, BRUNO = Address("sms", "+254711000001"), Address("sms", "+254711000002")
SECOND = timedelta(seconds=1)
PACE = Pace(100, ask_after=120)


class House:
    """A sender, one scripted channel, and a clock that the test moves."""

    def __init__(self, database, keyring, now, channel=None, **more):
        self.database, self.keyring, self.now = database, keyring, now
        self.channel = channel or ScriptedChannel()
        self.facts, self.ticks_since = [], None
        self.options = {"paces": {self.channel.name: PACE}, "heed": self.heed, **more}
        self.sender = self.restart()

    async def heed(self, fact):
        self.facts.append(fact)

    def time(self):
        """Stand still until a loop runs, which waits for time to pass."""
        if self.ticks_since is None:
            return self.now
        return self.now + timedelta(seconds=time.monotonic() - self.ticks_since)

    def tick(self):
        self.ticks_since = time.monotonic()

    def restart(self):
        """Stand for a new process: nothing of the old sender's memory is left."""
        self.sender = Sender(
            self.database,
            self.keyring,
            {self.channel.name: self.channel},
            by="test",
            clock=self.time,
            **self.options,
        )
        return self.sender

    async def write(self, text="Habari", address=ANNA, kind="reply", **more):
        address = dataclasses.replace(address, channel=self.channel.name)
        async with self.database.transaction() as db:
            route = await contacts.remember(db, self.keyring, address, self.now)
            return await outbox.enqueue(
                db,
                self.keyring,
                channel=self.channel.name,
                route_id=route,
                outbound=more.pop("outbound", Outbound(text)),
                kind=kind,
                now=self.now,
                **more,
            )

    async def die_while_sending(self, *, taken):
        """Be killed after a message was handed over, before its answer was written down."""
        self.channel.answers.append(Ambiguous("taken" if taken else "lost"))

        async def never(_batch):
            raise asyncio.CancelledError

        (line,) = self.sender._lines.values()
        line._write_down = never
        await self.sender.step()
        self.restart()

    async def come_back(self):
        async with self.database.transaction() as db:
            await reaper.reap(db, self.now, everything=True)

    async def state(self, outbox_id):
        async with self.database.reading() as reads:
            found = await reads.execute(select(table.c.state).where(table.c.id == outbox_id))
            return found.scalar_one()
