"""Brings what people sent from the providers into the case: fetched, cleaned, checked, erased.

Each step is one commit (``forum.safekeeping`` has them, and says why so many). Whatever goes wrong
between two of them, the row stands where it stood and is claimed again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.wiring import House
from channels import routing
from channels.base import Erasing, Media
from channels.errors import ChannelError, Refused
from forum import safekeeping
from forum.attachments import State
from forum.cleaning import CannotClean, Cleaned, Reason, apart
from forum.cleaning.apart import CleanerFailed
from forum.cleaning.kinds import name_of
from forum.safekeeping import Claimed, Closed, Lost
from grievances import correspondence
from storage.unit_of_work import Transaction
from vault.seals import CannotOpen

log = structlog.get_logger()

Cleaner = Callable[[bytes], Awaitable[Cleaned]]

#: Attachments brought home in one tick, one after the other: each may hold 20 MB in memory a few
#: times, and the cleaner beside it as much as ``forum.cleaning.__main__`` says.
AT_A_TIME = 5

#: How often a file is given to the cleaner that dies of it or hangs. The count is in the row
#: before each try, so a file that takes this whole process with it is not tried for ever.
TRIES = 3

#: How long a provider is asked to forget a file. What it still has by then it keeps.
ERASE_WITHIN = timedelta(days=7)


class Fetching:
    """What one process does for attachments. *clean* raises as ``apart.clean``."""

    def __init__(self, house: House, clean: Cleaner = apart.clean) -> None:
        self._house = house
        self._database = house.database
        self._clean = clean
        self._steps: Final[Mapping[State, Callable[[Claimed], Awaitable[State | None]]]] = {
            State.WAITING: self._receive,
            State.RECEIVED: self._strip,
            State.SEALED: self._verify,
            State.VERIFIED: self._erase,
        }

    async def run(self, now: datetime) -> int:
        """Take what is due as far as it goes; return how many there were."""
        began = time.monotonic()
        for count in range(AT_A_TIME):
            # A claim holds from when it is made, and the ones before may have taken minutes.
            at = now + timedelta(seconds=time.monotonic() - began)
            async with self._database.transaction() as db:
                for lost in await safekeeping.give_up(db, at):
                    await self._tell(db, lost, at)
                due = await safekeeping.claim(db, self._house.keyring, at, limit=1)
            if not due:
                return count
            await self._bring(due[0])
        return AT_A_TIME

    async def _bring(self, claimed: Claimed) -> None:
        state: State | None = claimed.state
        try:
            while state is not None and (step := self._steps.get(state)):
                state = await step(claimed)
        except Exception:
            # One that cannot be taken further must not hold up the others.
            log.exception("attachment.failed", state=state)

    # --- the steps: each returns where the row stands then, or None where it has to wait --------

    async def _receive(self, claimed: Claimed) -> State | None:
        channel = self._house.channels.get(claimed.channel)
        if channel is None:
            return None
        try:
            content = await channel.fetch(_media(claimed))
        except Refused as refused:
            too_large = refused.code == "too-large"
            async with self._database.transaction() as db:
                lost = await safekeeping.lose(db, claimed.id, too_large=too_large)
                if lost is not None:
                    await self._tell(db, lost, claimed.claimed_at)
            log.warning("attachment.lost", channel=claimed.channel, too_large=too_large)
            return None
        except (ChannelError, OSError):
            log.warning("attachment.not_yet", channel=claimed.channel)
            return None
        raw = await asyncio.to_thread(safekeeping.close_raw, self._house.keyring, claimed, content)
        async with self._database.transaction() as db:
            received = await safekeeping.receive(db, claimed.id, raw)
        return State.RECEIVED if received else None

    async def _tell(self, db: Transaction, lost: Lost, now: datetime) -> None:
        """Have the reporter told that a file was not kept, where it came by their own channel.

        With its code a case can be added to from any phone, and we know the way to one alone.
        """
        reach = await correspondence.reach(db, self._house.keyring, lost.subject)
        if reach is not None and reach.address.channel == routing.kind(lost.channel):
            await correspondence.file_lost(db, lost.subject, too_large=lost.too_large, now=now)

    async def _strip(self, claimed: Claimed) -> State | None:
        async with self._database.reading() as db:
            raw = await safekeeping.raw_of(db, claimed.id)
        try:
            content = await asyncio.to_thread(
                safekeeping.open_raw, self._house.keyring, claimed, raw
            )
        except CannotOpen:
            await self._back(claimed, State.RECEIVED)
            return None
        closed = await self._closed(claimed, content)
        if closed is None:
            return None
        async with self._database.transaction() as db:
            sealed = await safekeeping.seal(db, claimed.id, closed)
        return State.SEALED if sealed else None

    async def _closed(self, claimed: Claimed, content: bytes) -> Closed | None:
        """Seal the file without what is hidden in it, or as it came; None: try another time."""
        doubt: Reason | None = None
        try:
            file = await self._cleaned(claimed, content)
        except CannotClean as why:
            doubt = why.reason
            file = Cleaned(name_of(content), content)
            log.warning("attachment.not_clean", reason=doubt)
        except (CleanerFailed, OSError):
            log.warning("attachment.cleaner_failed")
            return None
        return await asyncio.to_thread(safekeeping.close, claimed, file, doubt)

    async def _cleaned(self, claimed: Claimed, content: bytes) -> Cleaned:
        if claimed.state is State.RECEIVED and claimed.attempts >= TRIES:
            raise CannotClean(Reason.STUCK)
        return await self._clean(content)

    async def _verify(self, claimed: Claimed) -> State | None:
        async with self._database.reading() as db:
            content, digest = await safekeeping.sealed_of(db, claimed.id)
        if digest is None or not await asyncio.to_thread(safekeeping.is_sound, content, digest):
            await self._back(claimed, State.SEALED)
            return None
        async with self._database.transaction() as db:
            verified = await safekeeping.verify(db, claimed.id, digest)
        return State.VERIFIED if verified else None

    async def _erase(self, claimed: Claimed) -> State | None:
        if not await self._is_forgotten(claimed):
            return None
        async with self._database.transaction() as db:
            finished = await safekeeping.finish(db, claimed.id)
        return State.KEPT if finished else None

    async def _is_forgotten(self, claimed: Claimed) -> bool:
        """Ask the provider to forget it; whether there is nothing left to ask for."""
        channel = self._house.channels.get(claimed.channel)
        if channel is not None and not isinstance(channel, Erasing):
            return True
        try:
            if channel is not None and claimed.reference:
                await channel.erase(_media(claimed))
                return True
        except Refused:
            return True  # it has it no more
        except (ChannelError, OSError):
            log.warning("attachment.not_erased_yet", channel=claimed.channel)
        if claimed.claimed_at - claimed.made_at < ERASE_WITHIN:
            return False
        log.error("attachment.not_erased", channel=claimed.channel)
        return True

    async def _back(self, claimed: Claimed, state: State) -> None:
        """Take a step once more that left something damaged, when the row is due again."""
        log.error("attachment.damaged", state=state)
        async with self._database.transaction() as db:
            await safekeeping.back(db, claimed, state)


def _media(claimed: Claimed) -> Media:
    return Media(claimed.reference, claimed.kind, claimed.mime)
