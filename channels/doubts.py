"""Settles what is in doubt on one line: asks the provider, and sends again what it never took."""

from datetime import datetime, timedelta

import structlog

from channels import broadcasts, contacts, reaper
from channels.base import Address, Channel, Envelope, Outbound, Sent
from channels.desk import Desk, carefully
from channels.dispatch import Due
from channels.errors import CannotTell, ChannelError
from channels.ledger import Kind
from channels.limiter import Pace
from channels.routing import reached
from channels.sealing import open_outbound
from vault.seals import CannotOpen

log = structlog.get_logger()

#: How often a message is sent again that a provider may have taken and cannot tell. An answer or
#: an alert twice is better than none; news twice is a nuisance to thousands.
BLIND_RESENDS: dict[Kind, int] = {"reply": 1, "alert": 1, "followup": 1, "bulk": 0}


class Doubts:
    """Asks about one line's doubtful messages."""

    def __init__(self, desk: Desk, channel: Channel, pace: Pace) -> None:
        self._desk = desk
        self._channel = channel
        self._pace = pace

    async def settle(self) -> None:
        """Settle each message that has been in doubt for long enough."""
        now = self._desk.clock()
        before = now - timedelta(seconds=self._pace.ask_after)
        name = self._channel.name
        async with self._desk.database.transaction() as db:
            rows = await reaper.unknowns(
                db, channel=name, before=before, by=self._desk.by, now=now
            )
        async with self._desk.database.reading_routes() as reads:
            routes = await contacts.sealed(reads, {row.route_id for row in rows})
        for row in rows:
            route = routes.get(row.route_id)
            own = None if route is None else contacts.opened(self._desk.keyring, route)
            address = None if own is None else reached(own, row.channel)
            await carefully(self._settle(row, address, now))

    async def _settle(self, row: Due, address: Address | None, now: datetime) -> None:
        found, resend = None, False
        if address is not None:
            try:
                seconds = int((row.expires_at - now).total_seconds())
                envelope = Envelope(row.id, address, await self._outbound(row), seconds)
                found = await self._ask(envelope, row.submitted_at or now)
                resend = True  # the provider is sure that it was not taken
            except CannotTell:
                resend = row.resends < BLIND_RESENDS[row.kind]
            except (ChannelError, CannotOpen) as error:
                # Asked again when the lease runs out.
                log.warning("doubt.stays", channel=row.channel, why=type(error).__name__)
                return
        now = self._desk.clock()
        async with self._desk.database.transaction() as db:
            settled = await reaper.resolve_unknown(db, row.id, found, now, resend=resend)
        await self._desk.tell(settled)

    async def _outbound(self, row: Due) -> Outbound:
        if row.broadcast is None or row.language is None:
            return open_outbound(self._desk.keyring, row.id, row.body, row.body_context)
        async with self._desk.database.reading() as reads:
            texts = await broadcasts.texts(reads, row.broadcast)
        return texts[(row.part, row.language, self._channel.style)]

    async def _ask(self, envelope: Envelope, since: datetime) -> Sent | None:
        """Look for the message at its provider, among those that are no other's."""
        others: set[str] = set()
        while (found := await self._channel.find(envelope, since, others)) is not None:
            async with self._desk.database.reading() as reads:
                owner = await reaper.owner(reads, self._channel.name, found.provider_id)
            if owner in {None, envelope.id}:
                return found
            others.add(found.provider_id)
        return None
