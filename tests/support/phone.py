"""A phone whose owner talks with the real runner, on a real database; no provider in between."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from bots.granting import Powers
from bots.runner import Runner
from channels.base import Address, Button, Inbound, Media, Outbound, Style
from channels.ledger import outbox
from channels.sealing import open_outbound
from grievances.almanac import Almanac
from grievances.calendars import PLAIN_WEEK
from storage.engine import Database
from vault.codes import Mint
from vault.keyring import Keyring

STYLES = {"sms": Style.SMS, "telegram": Style.CHAT}

_IDS = itertools.count()


def runner_on(database: Database, keyring: Keyring, region: str = "KE") -> Runner:
    """Return a runner with both styles of channel."""
    powers = Powers(database, keyring, Mint(keyring), region, Almanac(PLAIN_WEEK))
    return Runner(powers, STYLES, default_language="en")


@dataclass
class Phone:
    """One contact. *now* is its clock; it moves only when it is told to."""

    runner: Runner
    database: Database
    keyring: Keyring
    now: datetime
    channel: str = "sms"
    value: str = "+254711000001"
    hint: str | None = None
    seen: set[str] = field(default_factory=set)
    buttons: Sequence[Sequence[Button]] = ()

    @property
    def address(self) -> Address:
        return Address(self.channel, self.value)

    def inbound(self, text: str, *, choice: str | None = None, media: tuple[Media, ...] = ()):
        number = f"SM{next(_IDS)}"
        return Inbound(self.address, number, text, choice, media, language_hint=self.hint)

    async def says(self, *texts: str, media: tuple[Media, ...] = ()) -> list[str]:
        """Say one text after the other; return what is answered to the last."""
        heard: list[str] = []
        for text in texts:
            assert await self.runner.hear(self.inbound(text, media=media), self.now)
            heard = await self.hears()
        return heard

    async def presses(self, label: str) -> list[str]:
        """Press the button that bears *label*."""
        (data,) = [one.data for row in self.buttons for one in row if one.label == label]
        assert await self.runner.hear(self.inbound("", choice=data), self.now)
        return await self.hears()

    async def waits(self, **time: float) -> list[str]:
        """Let time pass, and silence count; return what comes unasked."""
        self.now += timedelta(**time)
        while await self.runner.hear_silence(self.now):
            pass
        return await self.hears()

    async def hears(self) -> list[str]:
        """Return the messages that are new, in order."""
        return [outbound.text for outbound in await self.outbounds()]

    async def outbounds(self) -> list[Outbound]:
        new = [row for row in await self._rows() if row.id not in self.seen]
        self.seen |= {row.id for row in new}
        opened = [open_outbound(self.keyring, row.id, row.body, row.body_context) for row in new]
        for outbound in opened:
            self.buttons = outbound.buttons or self.buttons
        return opened

    async def _rows(self):
        async with self.database.reading() as reads:
            found = await reads.execute(
                select(outbox).where(outbox.c.channel == self.channel).order_by(outbox.c.seq)
            )
            return found.all()
