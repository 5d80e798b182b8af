"""Asks providers what was written to us, and takes in what no hook brought.

Twilio calls a hook once. While we did not answer, whoever wrote would wait for ever.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from channels import inbox
from channels.base import Arrival, Channel, Listed
from channels.errors import ChannelError
from storage import heartbeats
from storage.engine import Database
from vault.keyring import Keyring

log = structlog.get_logger()

#: How far back is looked, at least: whatever was missed is met several times.
BACK = timedelta(minutes=30)

#: How far back is looked when nobody has for a while. Tokens are kept for a week.
AT_MOST = timedelta(days=3)

#: What came just now may still be on its way by a hook.
FRESH = timedelta(minutes=1)

#: Another process has looked so lately that there is nothing to add.
LATELY = timedelta(minutes=4)


class Reconciliation:
    """Compares what providers list with what was heard; *receive* takes what is missing."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        channels: Mapping[str, Channel],
        receive: Callable[[Arrival], Awaitable[None]],
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._channels = channels
        self._receive = receive

    async def look_back(self, now: datetime) -> int:
        """Look through every provider that can list; return how many messages were missing."""
        listed = [each for each in self._channels.values() if isinstance(each, Listed)]
        return sum([await self._look_through(channel, now) for channel in listed])

    async def _look_through(self, channel: Listed, now: datetime) -> int:
        mark = f"looked:{channel.name}"
        async with self._database.reading() as reads:
            last = await heartbeats.last(reads, mark)
        if last is not None and now - last < LATELY:
            return 0
        since = max(min(now - BACK, (last or now) - BACK), now - AT_MOST)
        try:
            written = await channel.missed(since, now - FRESH)
        except ChannelError as error:
            log.warning("inbound.not_listed", channel=channel.name, error=str(error))
            return 0
        async with self._database.reading() as reads:
            missing = await inbox.unheard(reads, self._keyring, written)
        for inbound in missing:
            await self._receive(inbound)
        if missing:
            log.warning("inbound.missed", channel=channel.name, count=len(missing))
        async with self._database.transaction() as db:
            await heartbeats.beat(db, mark, now)
        return len(missing)
