"""Takes whatever arrives, from a hook or from polling, to the room that it is for."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_never

import structlog

from app import metrics
from app.recovery import Recovery
from app.wiring import House
from bots import doors
from channels import inbox, receipts
from channels.base import Address, Arrival, Inbound, Receipt, Stopped
from channels.desk import Fact
from channels.ledger import Settled, State
from channels.optout import By
from channels.tallies import Tally
from grievances import entries
from storage.gathering import Gathering

log = structlog.get_logger()

#: How long the database may take over one arrival, in seconds. Twilio waits for 15.
PATIENCE = 10.0

#: As far as a message comes: some providers report no delivery.
ARRIVED = frozenset({State.ACCEPTED, State.DELIVERED})


class Reception:
    """One arrival, one transaction, committed when ``receive`` returns."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.recovery = Recovery(house.spool, self.take)
        self.tally = Tally(house.database)
        self._reports = Gathering(self._settle_all)

    async def receive(self, arrival: Arrival) -> None:
        """Keep what arrived: in the database, or in the spool while that is away.

        What comes while something is spooled queues behind it. Raises ``OSError`` when neither
        takes it.
        """
        now = datetime.now(UTC)
        if self._house.spool.empty and await self._taken(arrival, now):
            return
        await self._house.spool.keep(arrival, now)
        self.recovery.begin()

    async def _taken(self, arrival: Arrival, now: datetime) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                await self.take(arrival, now)
        except Exception:
            # Whatever went wrong, it is not kept, and the provider may never bring it again.
            log.exception("arrival.spooled")
            return False
        else:
            return True

    async def take(self, arrival: Arrival, now: datetime) -> None:
        """Keep what arrived at *now*. Raises what the database raises when it cannot be kept."""
        match arrival:
            case Inbound():
                await self._hear(arrival, now)
            case Receipt():
                await self._settle(arrival, now)
            case Stopped():
                await self._shut(arrival, now)
            case _:
                assert_never(arrival)

    async def _hear(self, inbound: Inbound, now: datetime) -> None:
        if not await self._house.runner.hear(inbound, now):
            metrics.HELD.inc()
        self._house.wake()

    async def _settle(self, receipt: Receipt, now: datetime) -> None:
        settled = await self._reports.run((receipt, now))
        if settled is not None:
            await self.heed(settled)

    async def _settle_all(
        self, reports: Sequence[tuple[Receipt, datetime]]
    ) -> Sequence[Settled | None]:
        async with self._house.database.transaction() as db:
            return await receipts.settle(db, reports)

    async def heed(self, fact: Fact) -> None:
        """Take what became of a message to the room that it concerns."""
        match fact:
            case Settled():
                await self.tally.note(fact.channel, fact.state, datetime.now(UTC))
                if fact.entry_id is not None and fact.state in ARRIVED:
                    await self._mark_delivered(fact.entry_id)
            case Stopped():
                await self._stop(fact.address)
            case _:
                assert_never(fact)

    async def _mark_delivered(self, entry_id: str) -> None:
        async with self._house.database.transaction() as db:
            await entries.mark_delivered(db, [entry_id], datetime.now(UTC))

    async def _stop(self, address: Address) -> None:
        async with self._house.database.transaction() as db:
            keyring, now = self._house.keyring, datetime.now(UTC)
            await doors.heed(db, keyring, address, now, stopped=True, by=By.DOOR)

    async def _shut(self, arrival: Stopped, now: datetime) -> None:
        """Heed a door that a provider told of, once: an old report must not undo a later wish."""
        keyring = self._house.keyring
        async with self._house.database.transaction() as db:
            if await inbox.first_time(db, keyring, arrival, now):
                address, stopped = arrival.address, arrival.stopped
                await doors.heed(db, keyring, address, now, stopped=stopped, by=By.DOOR)
