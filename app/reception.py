"""Takes whatever arrives, from a hook or from polling, to the room that it is for."""

from datetime import UTC, datetime
from typing import assert_never

from app import metrics
from app.wiring import House
from channels import optout, outbox
from channels.base import Address, Arrival, Inbound, Receipt, Stopped
from channels.ledger import Settled, State
from channels.sender import Fact
from channels.tallies import Tally
from grievances import entries
from outreach import subscribers

#: As far as a message comes: some providers report no delivery.
ARRIVED = frozenset({State.ACCEPTED, State.DELIVERED})


class Reception:
    """One arrival, one transaction, committed when ``receive`` returns."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.tally = Tally(house.database)

    async def receive(self, arrival: Arrival) -> None:
        """Keep what arrived. Raises what the database raises when it cannot be kept."""
        now = datetime.now(UTC)
        match arrival:
            case Inbound():
                await self._hear(arrival, now)
            case Receipt():
                await self._settle(arrival, now)
            case Stopped():
                await self.stop(arrival.address, now, stopped=arrival.stopped)
            case _:
                assert_never(arrival)

    async def _hear(self, inbound: Inbound, now: datetime) -> None:
        if not await self._house.runner.hear(inbound, now):
            metrics.HELD.inc()
        self._house.wake()

    async def _settle(self, receipt: Receipt, now: datetime) -> None:
        async with self._house.database.transaction() as db:
            settled = await outbox.settle_receipt(db, receipt, now)
        if settled is not None:
            await self.heed(settled)

    async def heed(self, fact: Fact) -> None:
        """Take what became of a message to the room that it concerns."""
        match fact:
            case Settled():
                await self.tally.note(fact.channel, fact.state, datetime.now(UTC))
                if fact.entry_id is not None and fact.state in ARRIVED:
                    await self._mark_delivered(fact.entry_id)
            case Stopped():
                await self.stop(fact.address, datetime.now(UTC))
            case _:
                assert_never(fact)

    async def _mark_delivered(self, entry_id: str) -> None:
        async with self._house.database.transaction() as db:
            await entries.mark_delivered(db, [entry_id], datetime.now(UTC))

    async def stop(self, address: Address, now: datetime, *, stopped: bool = True) -> None:
        """Note that somebody shut the door, or opened it again, by the channel's own means."""
        keyring = self._house.keyring
        change = optout.stop if stopped else optout.restart
        change_list = subscribers.stop if stopped else subscribers.restart
        async with self._house.database.transaction() as db:
            await change(db, keyring, address, now)
            await change_list(db, keyring, address, now)
