"""The adapter behind the two simulated phones. See ``channels.rehearsal`` for what it keeps.

It goes through the same inbox, ledger and rendering as a provider, and is idempotent on our id.
"""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from channels import rehearsal
from channels.base import (
    Address,
    Arrival,
    Envelope,
    Finding,
    Hook,
    Inbound,
    Media,
    Sent,
    Style,
)
from channels.errors import Malformed, Refused
from channels.wire import words
from storage.engine import Database
from vault.keyring import Keyring


class Simulator:
    """One simulated phone: basic (SMS) or with a chat app; or the line that calls the first."""

    def __init__(
        self,
        name: str,
        style: Style,
        database: Database,
        keyring: Keyring,
        clock: Callable[[], datetime],
    ) -> None:
        self.name = name
        self.style = style
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def parse(self, hook: Hook) -> Sequence[Arrival]:
        """Read ``{"phone", "id", "text", "choice"}``. Nobody outside this process sends one."""
        try:
            said = json.loads(hook.body)
            address = Address(self.name, str(said["phone"]))
            text, choice = said.get("text", ""), said.get("choice")
            return [Inbound(address, str(said["id"]), text=words(text), choice=choice)]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Malformed("no simulated message") from None

    async def send(self, envelope: Envelope) -> Sent:
        """Put the message on the phone's screen, or let the phone ring."""
        if self.style is Style.VOICE:
            return await self._ring(envelope)
        async with self._database.transaction() as db:
            await rehearsal.show(
                db,
                self._keyring,
                envelope.address,
                envelope.id,
                envelope.outbound,
                self._clock(),
            )
        return self._arrived(envelope)

    async def _ring(self, envelope: Envelope) -> Sent:
        """Let the phone ring; the page that shows it reports how that ended."""
        async with self._database.transaction() as db:
            who, now = envelope.address, self._clock()
            await rehearsal.ring(db, self._keyring, who, envelope.id, now)
        return Sent(envelope.id)

    async def find(
        self,
        envelope: Envelope,
        since: datetime,  # noqa: ARG002 - our id says it all
        known: Collection[str] = (),  # noqa: ARG002 - our id says it all
    ) -> Sent | None:
        """Look at the screen."""
        async with self._database.reading() as reads:
            there = await rehearsal.shown(reads, envelope.id)
        if not there:
            return None
        return Sent(envelope.id) if self.style is Style.VOICE else self._arrived(envelope)

    @staticmethod
    def _arrived(envelope: Envelope) -> Sent:
        """Say what no provider can: the screen is in this house, and the message stands on it."""
        return Sent(envelope.id, final=True, arrived=True)

    async def fetch(self, media: Media) -> bytes:  # noqa: ARG002 - there is none
        """Simulated phones send no media."""
        raise Refused("no-media")

    async def check(self) -> Sequence[Finding]:
        """There is nothing outside that could be wrong."""
        return [Finding(self.name, well=True)]

    async def close(self) -> None:
        """Hold nothing open."""
