"""Takes messages from the ledger to the providers, and their answers back.

It may be killed at any moment. What it had not sent is sent by the next one; what it was sending
is looked up first. A message is written ``submitting``, and that is committed, before its provider
is called.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import structlog
from sqlalchemy.exc import SQLAlchemyError

from channels import contacts, dispatch, optout, reaper, segments
from channels.base import Address, Channel, Envelope, Outbound, Sent, Stopped, Style
from channels.dispatch import Claimed
from channels.errors import Ambiguous, Busy, CannotTell, ChannelError, Refused
from channels.ledger import Settled
from channels.limiter import PACES, Limiter, Pace
from channels.sealing import open_outbound
from storage.engine import Database
from storage.unit_of_work import Transaction
from vault.keyring import Keyring
from vault.seals import CannotOpen

log = structlog.get_logger()

#: Messages under way on one channel at a time.
MAX_IN_FLIGHT = 16

#: How long a call to a provider may take in all; well within the ledger's lease of 60 s.
CALL_SECONDS = 30

#: How often to look for work when nobody wakes us, and what to see to besides.
LOOK_EVERY = timedelta(seconds=1)
REAP_EVERY = timedelta(seconds=15)

#: How long a channel rests when its provider said «too fast» and not for how long.
REST = timedelta(seconds=5)

#: When to try a message again that this key ring does not open: somebody has to look at the keys.
UNREADABLE_WAIT = timedelta(minutes=5)

#: How often a message is sent again that a provider may have taken and cannot tell.
MAX_BLIND_RESENDS = 1

#: What goes wrong when the database is away, locked or full.
AWAY = (SQLAlchemyError, OSError, TimeoutError)

#: What somebody above should know. ``Stopped`` is told until it is heeded, ``Settled`` once.
Fact: TypeAlias = Settled | Stopped
Heed: TypeAlias = Callable[[Fact], Awaitable[None]]
Result: TypeAlias = Sent | Refused | Busy | Ambiguous


async def _nobody(_fact: Fact) -> None:
    """Heed nothing."""


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Line:
    """One channel, its pace, and what is under way on it."""

    channel: Channel
    pace: Pace
    limiter: Limiter
    flying: set[asyncio.Task[None]]

    def room(self, now: datetime) -> int:
        return min(MAX_IN_FLIGHT - len(self.flying), self.limiter.room(now))


class Sender:
    """Sends for one process. *by* names it in the ledger; *heed* hears what became of messages.

    Raises ``CannotOpen`` when made without the private halves of ROUTE and SENDER.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        channels: Mapping[str, Channel],
        *,
        by: str,
        paces: Mapping[str, Pace] = PACES,
        heed: Heed = _nobody,
        clock: Callable[[], datetime] = _clock,
    ) -> None:
        if keyring.route_private is None or keyring.sender_private is None:
            raise CannotOpen
        self._database = database
        self._keyring = keyring
        self._by = by
        self._heed = heed
        self._clock = clock
        self._lines = {
            name: _Line(channel, pace, Limiter(pace), set())
            for name, channel in channels.items()
            for pace in [paces.get(name, Pace())]
        }
        self._awake = asyncio.Event()
        self._stopping = False
        self._look_at = self._reap_at = datetime.min.replace(tzinfo=UTC)
        self._doubts: asyncio.Task[None] | None = None
        self._landed: list[tuple[str, Result]] = []
        self._landing = asyncio.Lock()

    # --- the loop -----------------------------------------------------------------------------

    def wake(self) -> None:
        """Say that something waits."""
        self._awake.set()

    async def run(self, *, alone: bool = False) -> None:
        """Send until ``stop``.

        *alone*: no other sender uses this database, so whatever is leased belongs to a dead one
        and is taken back at once instead of when its lease runs out.
        """
        while alone and not self._stopping:
            alone = not await self._carefully(self._reap(everything=True))
        while not self._stopping:
            self._awake.clear()
            now = self._clock()
            if now >= self._look_at:
                self._look_at = now + LOOK_EVERY
                await self._carefully(self._look_after(now))
            await self._carefully(self._launch())
            await self._rest()

    async def stop(self) -> None:
        """Take nothing more on, and wait for what is under way, for as long as a call may take."""
        self._stopping = True
        self.wake()
        if self._doubts is not None:
            self._doubts.cancel()
            await asyncio.gather(self._doubts, return_exceptions=True)
        await self._land_all()

    async def step(self) -> int:
        """Do one round and see it through; return how many messages left. For tests."""
        await self._look_after(self._clock())
        if self._doubts is not None:
            await self._doubts
        launched = await self._launch()
        await self._land_all()
        await self._act_on_shut_doors()
        return launched

    async def _carefully(self, work: Awaitable[object]) -> bool:
        """Do *work*; when the database is away, wait a moment instead of ending."""
        try:
            await work
        except AWAY:
            log.exception("sender.database_away")
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            return False
        except Exception:
            log.exception("sender.failed")
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            return False
        return True

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY.total_seconds()):
                await self._awake.wait()
        except TimeoutError:
            return

    async def _land_all(self) -> None:
        flying = [task for line in self._lines.values() for task in line.flying]
        if flying:
            await asyncio.wait(flying, timeout=CALL_SECONDS)

    # --- what leaves --------------------------------------------------------------------------

    async def _launch(self) -> int:
        """Take what is due, say that it leaves, and only then let it."""
        now = self._clock()
        rooms = {name: room for name, line in self._lines.items() if (room := line.room(now)) > 0}
        leaving: list[tuple[_Line, Envelope]] = []
        if not rooms or self._stopping:
            return 0
        async with self._database.transaction() as db:
            for name, room in rooms.items():
                line = self._lines[name]
                envelopes = await self._claim(db, line, room, now)
                leaving += [(line, envelope) for envelope in envelopes]
        for line, envelope in leaving:
            line.limiter.take(now, _cost(line, envelope))
            task = asyncio.create_task(self._fly(line, envelope))
            line.flying.add(task)
            task.add_done_callback(line.flying.discard)
            task.add_done_callback(lambda _: self.wake())
        return len(leaving)

    async def _claim(
        self, db: Transaction, line: _Line, room: int, now: datetime
    ) -> list[Envelope]:
        name = line.channel.name
        rows = await dispatch.claim(db, channel=name, limit=room, by=self._by, now=now)
        envelopes = [
            envelope
            for row in rows
            if (envelope := await self._ready(db, line, row, now)) is not None
        ]
        ids = await dispatch.submitting(db, [one.id for one in envelopes], self._by, now)
        return [one for one in envelopes if one.id in ids]

    async def _ready(
        self, db: Transaction, line: _Line, row: Claimed, now: datetime
    ) -> Envelope | None:
        """Return what can leave now; else put it where it belongs."""
        try:
            address = await contacts.resolve(db, self._keyring, row.route_id)
            outbound = self._opened(row)
        except CannotOpen:
            log.exception("sender.cannot_open", channel=row.channel, kind=row.kind)
            await dispatch.put_back(db, [row.id], now + UNREADABLE_WAIT, now)
            return None
        if address is None:
            await dispatch.drop(db, [row.id], "no-route", now)
            return None
        if row.kind == "bulk" and await optout.stopped(db, self._keyring, address):
            await dispatch.drop(db, [row.id], "stopped", now)
            return None
        free_at = line.limiter.chat_free_at(address.value, now)
        if free_at > now:
            await dispatch.put_back(db, [row.id], free_at, now)
            return None
        line.limiter.note_chat(address.value, now)
        outbound = await self._fitted(db, line, row, outbound, now)
        return _envelope(row, address, outbound, now)

    def _opened(self, row: Claimed) -> Outbound:
        return open_outbound(self._keyring, row.id, row.body, row.body_context)

    async def _fitted(
        self, db: Transaction, line: _Line, row: Claimed, outbound: Outbound, now: datetime
    ) -> Outbound:
        """Return the first part of what is too long for one message; the others queue up."""
        texts = segments.split(outbound.text, line.channel.style)
        if len(texts) == 1:
            return outbound
        bare = replace(outbound, buttons=())
        parts = [replace(bare, text=text) for text in texts]
        parts[-1] = replace(parts[-1], buttons=outbound.buttons)
        await dispatch.split(db, self._keyring, row, parts, now)
        return parts[0]

    async def _fly(self, line: _Line, envelope: Envelope) -> None:
        result = await _sent(line.channel, envelope)
        if isinstance(result, Busy) and result.whole_channel:
            rest = timedelta(seconds=result.retry_after) if result.retry_after else REST
            line.limiter.pause(self._clock() + rest)
        if isinstance(result, ChannelError):
            kind = type(result).__name__.lower()
            log.warning("send.failed", channel=line.channel.name, result=kind, code=str(result))
        self._landed.append((envelope.id, result))
        await self._land()

    async def _land(self) -> None:
        """Write down every answer that is here, in one transaction for all that wait."""
        async with self._landing:
            while self._landed:
                batch = list(self._landed)
                if await self._carefully(self._write_down(batch)):
                    del self._landed[: len(batch)]

    async def _write_down(self, batch: Iterable[tuple[str, Result]]) -> None:
        now = self._clock()
        async with self._database.transaction() as db:
            facts = [await dispatch.settle(db, one, result, now) for one, result in batch]
        for fact in facts:
            await self._tell(fact)

    async def _tell(self, fact: Fact | None) -> bool:
        """Tell somebody above; what goes wrong there must not stop the sender."""
        try:
            if fact is not None:
                await self._heed(fact)
        except Exception:
            log.exception("sender.not_heeded", fact=type(fact).__name__)
            return False
        return True

    # --- what has to be seen to ---------------------------------------------------------------

    async def _look_after(self, now: datetime) -> None:
        if now >= self._reap_at:
            self._reap_at = now + REAP_EVERY
            await self._reap()
        await self._act_on_shut_doors()
        if self._doubts is None or self._doubts.done():
            async with self._database.reading() as reads:
                names = await reaper.doubtful(reads)
            if names:
                self._doubts = asyncio.create_task(self._settle_doubts(names))

    async def _reap(self, *, everything: bool = False) -> None:
        async with self._database.transaction() as db:
            reaped = await reaper.reap(db, self._clock(), everything=everything)
        if reaped.planned or reaped.unknown:
            log.warning("sender.reaped", planned=reaped.planned, unknown=reaped.unknown)

    async def _act_on_shut_doors(self) -> None:
        """Stop news to whoever shut the door, as a refusal or a receipt told."""
        async with self._database.reading() as reads:
            if not await dispatch.stopped(reads):
                return
        async with self._database.transaction() as db:
            shut = {
                outbox_id: await contacts.resolve(db, self._keyring, route_id)
                for outbox_id, route_id in await dispatch.stopped(db)
            }
            for address in filter(None, shut.values()):
                await optout.stop(db, self._keyring, address, self._clock())
        heeded = [
            one
            for one, address in shut.items()
            if address is None or await self._tell(Stopped(address, one))
        ]
        async with self._database.transaction() as db:
            await dispatch.acted_on(db, heeded)

    # --- what is in doubt ---------------------------------------------------------------------

    async def _settle_doubts(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._lines:
                await self._carefully(self._settle_doubts_of(self._lines[name]))

    async def _settle_doubts_of(self, line: _Line) -> None:
        now = self._clock()
        before = now - timedelta(seconds=line.pace.ask_after)
        async with self._database.transaction() as db:
            rows = await reaper.unknowns(
                db, channel=line.channel.name, before=before, by=self._by, now=now
            )
            addresses = [await contacts.resolve(db, self._keyring, row.route_id) for row in rows]
        for row, address in zip(rows, addresses, strict=True):
            await self._settle_doubt(line, row, address)

    async def _settle_doubt(self, line: _Line, row: Claimed, address: Address | None) -> None:
        now = self._clock()
        found, resend = None, False
        if address is not None:
            try:
                envelope = _envelope(row, address, self._opened(row), now)
                found = await self._ask(line.channel, envelope, row.submitted_at or now)
                resend = True  # the provider is sure that it was not taken
            except CannotTell:
                resend = row.kind != "bulk" and row.resends < MAX_BLIND_RESENDS
            except (ChannelError, CannotOpen) as error:
                # Asked again when the lease runs out.
                log.warning("doubt.stays", channel=row.channel, why=type(error).__name__)
                return
        async with self._database.transaction() as db:
            settled = await reaper.resolve_unknown(db, row.id, found, now, resend=resend)
        await self._tell(settled)
        self.wake()

    async def _ask(self, channel: Channel, envelope: Envelope, since: datetime) -> Sent | None:
        """Look for the message at its provider, among those that are no other's."""
        others: set[str] = set()
        while (found := await channel.find(envelope, since, others)) is not None:
            async with self._database.reading() as reads:
                owner = await reaper.owner(reads, channel.name, found.provider_id)
            if owner in {None, envelope.id}:
                return found
            others.add(found.provider_id)
        return None


async def _sent(channel: Channel, envelope: Envelope) -> Result:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await channel.send(envelope)
    except (Refused, Busy, Ambiguous) as result:
        return result
    except TimeoutError:
        return Ambiguous("no answer in time")
    except Exception:
        # Whatever it was, the message may have left.
        log.exception("send.crashed", channel=channel.name)
        return Ambiguous("crashed")


def _envelope(row: Claimed, address: Address, outbound: Outbound, now: datetime) -> Envelope:
    return Envelope(row.id, address, outbound, int((row.expires_at - now).total_seconds()))


def _cost(line: _Line, envelope: Envelope) -> int:
    return segments.cost(envelope.outbound.text) if line.channel.style is Style.SMS else 1
