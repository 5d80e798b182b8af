"""One line of the sender: takes what may leave to its provider, and the answer back.

A message is written ``submitting``, and that is committed, before its provider is called; who has
lost the line's lease meanwhile commits nothing.
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from channels import breaker, dispatch, lines, settling
from channels.base import Channel, Envelope
from channels.desk import Desk, carefully
from channels.errors import Ambiguous, Busy, ChannelError, Refused
from channels.limiter import Limiter, Pace
from channels.lines import Line
from channels.picking import Picked, Picker, Route
from channels.settling import Result
from storage import leases
from storage.unit_of_work import Transaction

log = structlog.get_logger()

#: How long a call to a provider may take in all; well within the ledger's lease of 60 s.
CALL_SECONDS = 30

#: How long after it was claimed a message may begin its call: it ends within the claim's lease.
CALL_BY = dispatch.LEASE - timedelta(seconds=CALL_SECONDS)

#: How often to look for work when nobody wakes us.
LOOK_EVERY = timedelta(seconds=1)

#: Under load, how long to wait for more answers before they are written down, and before the
#: next round, and how often: both cost the same for one message as for many.
GATHER_SECONDS = 0.005
GATHERINGS = 8


class Sending:
    """Sends on one line while it holds the line's lease."""

    def __init__(self, desk: Desk, channel: Channel, pace: Pace, route: Route) -> None:
        self.channel = channel
        self.pace = pace
        self.state = self._noted = Line(channel.name)
        self.standing = False  # enough waits at the provider already
        self.awake = asyncio.Event()
        self._desk = desk
        self._limiter = Limiter(pace)
        self.picker = Picker(desk, channel, self._limiter, route)
        self._calls = asyncio.Semaphore(pace.calls)
        self._flying: set[asyncio.Task[None]] = set()
        self._landed: list[tuple[str, Result]] = []
        self._writing: asyncio.Task[None] | None = None
        self._held_until = self._renew_at = datetime.min.replace(tzinfo=desk.clock().tzinfo)
        self._look_again: datetime | None = None
        self._backlog = False
        self._stopping = False

    # --- the lease ----------------------------------------------------------------------------

    def holds(self, now: datetime) -> bool:
        """Whether the line is ours."""
        return now < self._held_until

    async def hold(self, now: datetime, *, seize: bool = False) -> bool:
        """Take or renew the lease; False: another process sends on this line.

        *seize*: no other process lives.
        """
        early = now < self._renew_at <= now + leases.RENEW_EVERY  # else the clock was set back
        if early and not seize:
            return self.holds(now)
        name, mine = lines.send_lease(self.channel.name), self.holds(now)
        async with self._desk.database.transaction() as db:
            taken = await leases.take(db, name, self._desk.by, now, seize=seize)
        if taken:
            self._held_until, self._renew_at = now + leases.HOLDS_FOR, now + leases.RENEW_EVERY
            if not (mine or seize):
                log.info("sender.line_taken", channel=self.channel.name)
                self.begin_empty(now)
        else:
            self._renew_at = now + LOOK_EVERY
        return taken

    def begin_empty(self, now: datetime) -> None:
        """Save nothing up: what the sender before us has just sent counts against the rate."""
        self._limiter.drain(now)

    async def _still_ours(self, db: Transaction, now: datetime) -> bool:
        name = lines.send_lease(self.channel.name)
        return await leases.holder(db, name, now) == self._desk.by

    def learn(self, state: Line) -> None:
        """Take what others wrote of the line; what we have not written down yet still holds."""
        self.state = replace(state, **breaker.noted(self.state)) if self._landed else state
        self._noted = state

    # --- the loop -----------------------------------------------------------------------------

    async def run(self, up: Collection[str]) -> None:
        """Send until ``stop``. *up*: the lines that are open, kept up to date by the caller."""
        while not self._stopping:
            self.awake.clear()
            if not await carefully(self._round(up)):
                await asyncio.sleep(LOOK_EVERY.total_seconds())
            await self._rest()

    async def _round(self, up: Collection[str]) -> None:
        if await self.hold(self._desk.clock()):
            await self.launch(up)

    async def stop(self) -> None:
        """Take nothing more on, see through what is under way, and give the line away."""
        self._stopping = True
        self.awake.set()
        await self.land_all()
        if self.holds(self._desk.clock()):
            await carefully(self._give_away())

    async def _give_away(self) -> None:
        name = lines.send_lease(self.channel.name)
        async with self._desk.database.transaction() as db:
            await leases.release(db, name, self._desk.by)

    async def land_all(self) -> None:
        """Wait for what is under way, for as long as a call may take, and for its end."""
        if self._flying:
            await asyncio.wait(self._flying, timeout=CALL_SECONDS)
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=CALL_SECONDS)

    async def _rest(self) -> None:
        """Wait until there is something to do, and under load for enough of it."""
        try:
            async with asyncio.timeout(self._pause().total_seconds()):
                await self.awake.wait()
        except TimeoutError:
            return
        for _ in range(GATHERINGS):
            if not self._backlog or self._share() > self.pace.calls // 4:
                return
            await asyncio.sleep(GATHER_SECONDS)

    def _pause(self) -> timedelta:
        if self._look_again is not None:
            due = max(self._look_again - self._desk.clock(), timedelta())
            return min(due, LOOK_EVERY)
        if self._backlog and self._free() and self._share():
            return min(self._limiter.wait(), LOOK_EVERY)
        return LOOK_EVERY

    # --- what leaves --------------------------------------------------------------------------

    def _free(self) -> int:
        """Return how many messages may leave. What could not be written down yet holds them up."""
        flying, landed = len(self._flying), len(self._landed)
        return min(self.pace.in_flight - flying, self.pace.unsettled - flying - landed)

    def _share(self) -> int:
        """Return how many of them may be broadcasts'."""
        return max(self.pace.in_flight_of_broadcasts - len(self._flying), 0)

    def _room(self, now: datetime) -> int:
        """Return how many messages may leave now."""
        if self.standing or not self.state.open(now):
            self._backlog = False
            return 0
        most = 1 if breaker.failing(self.state) else self._free()  # after its rest, one tries
        return min(most, self._free(), self._limiter.room(now))

    async def launch(self, up: Collection[str]) -> int:
        """Take what is due, say that it leaves, and only then let it; return how many left."""
        now = self._desk.clock()
        if breaker.failing(self.state) and self.state.open(now):
            up = {*up, self.channel.name}  # for the one that tries
        down = self.channel.name not in up
        room = self._free() if down else self._room(now)
        self._look_again = None
        if self._stopping or room <= 0:
            return 0
        picked = await self.picker.pick(room, 0 if down else self._share(), now, up)
        self._backlog = picked.full and not down
        leaving = [] if picked.nothing else await self._say(picked, now)
        for envelope in leaving:
            task = asyncio.create_task(self._fly(envelope, now + CALL_BY))
            self._flying.add(task)
            task.add_done_callback(self._over)
        return len(leaving)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self.awake.set()

    async def _say(self, picked: Picked, now: datetime) -> list[Envelope]:
        """Write down what was decided, what leaves included; return what is ours to send."""
        async with self._desk.database.transaction() as db:
            if not await self._still_ours(db, now):
                self._held_until = self._renew_at = now
                return []
            for until, ids in picked.put_off.items():
                await dispatch.put_off(db, ids, until)
            for error, ids in picked.dropped.items():
                await dispatch.drop(db, ids, error, now)
            for line, ids in picked.handed_over.items():
                await dispatch.hand_over(db, ids, line)
            ids = [letter.envelope.id for letter in picked.leaving]
            mine = await dispatch.submitting(db, ids, self._desk.by, now) if ids else frozenset()
            for letter in picked.leaving:
                if letter.parts and letter.row.id in mine:
                    await dispatch.split(db, self._desk.keyring, letter.row, letter.parts, now)
        if len(mine) < len(ids):  # staff paused a broadcast; the next look says which may go on
            self.picker.running = ()
        self._look_again = min(picked.put_off, default=None)
        return [one.envelope for one in picked.leaving if one.envelope.id in mine]

    async def _fly(self, envelope: Envelope, by: datetime) -> None:
        """Send one message, unless the line was closed while it waited for a call.

        Not after *by*: it would be taken for a dead sender's meanwhile.
        """
        async with self._calls:
            now = self._desk.clock()
            if now > by or not self.state.open(now):
                result = self._waited(now)
            else:
                self._limiter.note_chat(envelope.address.value, now)
                result = self._heeded(await _sent(self.channel, envelope))
                # When it got there, between the two, nobody knows.
                self._limiter.note_chat(envelope.address.value, self._desk.clock())
        self._landed.append((envelope.id, result))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    def _waited(self, now: datetime) -> Result:
        rests_until = self.state.rests_until or now
        rest = max((rests_until - now).total_seconds(), 0.0)
        return Busy("waited", retry_after=rest or None, whole_channel=True)

    # --- what comes back ----------------------------------------------------------------------

    def _heeded(self, result: Result) -> Result:
        """Let the line do at once what its provider says; return the answer as it counts."""
        self.state = breaker.after(self.state, result, self._desk.clock())
        return breaker.blamed(self.state, result)

    async def _write(self) -> None:
        """Write down every answer that is here, in one transaction for all that wait."""
        while self._landed:
            await asyncio.sleep(GATHER_SECONDS if self._flying else 0)
            batch = list(self._landed)
            if await carefully(self._write_down(batch)):
                del self._landed[: len(batch)]
                self.awake.set()
            else:
                await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def _write_down(self, batch: Collection[tuple[str, Result]]) -> None:
        now, state = self._desk.clock(), self.state
        news = breaker.worth_noting(self._noted, state)
        async with self._desk.database.transaction() as db:
            facts = await settling.settle(db, list(batch), now)
            if news:
                await lines.note(db, self.channel.name, **breaker.noted(state))
        self._noted = state if news else self._noted
        for fact in facts:
            await self._desk.tell(fact)


async def _sent(channel: Channel, envelope: Envelope) -> Result:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await channel.send(envelope)
    except (Refused, Busy, Ambiguous) as result:
        _complain(channel, result)
        return result
    except TimeoutError:
        return Ambiguous("no answer in time")
    except Exception:
        # Whatever it was, the message may have left.
        log.exception("send.crashed", channel=channel.name)
        return Ambiguous("crashed")


def _complain(channel: Channel, result: ChannelError) -> None:
    kind = type(result).__name__.lower()
    log.warning("send.failed", channel=channel.name, result=kind, code=str(result))
