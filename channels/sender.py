"""Takes messages from the ledger to the providers, and their answers back.

It may be killed at any moment. What it had not sent is sent by the next one; what it was sending
is looked up first.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from channels import breaker, broadcasts, lines, reaper, upkeep
from channels.base import Address, Channel
from channels.desk import Desk, Fact, Heed, Kin, alone, carefully
from channels.doubts import Doubts
from channels.limiter import PACES, Pace
from channels.lines import Line
from channels.sending import LOOK_EVERY, Sending
from storage.engine import Database
from vault.keyring import Keyring
from vault.seals import CannotOpen

#: What to see to beside the sending, and how often.
REAP_EVERY = timedelta(seconds=15)
BROADCASTS_EVERY = timedelta(seconds=2)
PARTS_EVERY = timedelta(minutes=1)  # what is late does not leave, put away or not


class Routes(Protocol):
    """Which line carries which number (``channels.routing``)."""

    def line(self, address: Address, up: Collection[str]) -> str | None:
        """Return the line that carries *address*, of those that are *up*; None: as it is."""


def _as_it_is(_address: Address, _up: Collection[str]) -> str | None:
    """Leave every message on the line on which it was written."""
    return None


async def _nobody(_fact: Fact) -> None:
    """Heed nothing."""


def _clock() -> datetime:
    return datetime.now(UTC)


class Sender:
    """Sends for one process, on each line of which it holds the lease.

    *by* names it in the ledger; *heed* hears what became of messages; *routing* says which line
    carries which number, *kin* which broadcasts tell the same. Raises ``CannotOpen`` when made
    without the private halves of ROUTE and SENDER.
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
        routing: Routes | None = None,
        kin: Kin = alone,
    ) -> None:
        if keyring.route_private is None or keyring.sender_private is None:
            raise CannotOpen
        self._desk = Desk(database, keyring, by, heed, clock, kin)
        route = _as_it_is if routing is None else routing.line
        self._lines = {
            name: Sending(self._desk, channel, paces.get(name, Pace()), route)
            for name, channel in channels.items()
        }
        self._doubts = {
            name: Doubts(self._desk, line.channel, line.pace) for name, line in self._lines.items()
        }
        self._up: set[str] = set(self._lines)
        self._asking: asyncio.Task[None] | None = None
        self._awake = asyncio.Event()
        self._stopping = False
        self._reap_at = self._broadcasts_at = self._parts_at = datetime.min.replace(tzinfo=UTC)

    # --- the loop -----------------------------------------------------------------------------

    def wake(self) -> None:
        """Say that something waits."""
        for line in self._lines.values():
            line.awake.set()

    async def run(self, *, alone: bool = False) -> None:
        """Send until ``stop``.

        *alone*: no other sender uses this database, so whatever is leased belongs to a dead one
        and is taken back at once instead of when its lease runs out.
        """
        while alone and not self._stopping:
            alone = not await carefully(self._seize())
            await self._rest(0.0 if not alone else LOOK_EVERY.total_seconds())
        sending = [asyncio.create_task(line.run(self._up)) for line in self._lines.values()]
        while not self._stopping:
            await carefully(self._look_after())
            await self._rest(LOOK_EVERY.total_seconds())
        await asyncio.gather(*sending)

    async def stop(self) -> None:
        """Take nothing more on, and wait for what is under way, for as long as a call may take."""
        self._stopping = True
        self._awake.set()
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await asyncio.gather(*(line.stop() for line in self._lines.values()))

    async def step(self) -> int:
        """Do one round and see it through; return how many messages left. For tests."""
        now = self._desk.clock()
        for line in self._lines.values():
            await line.hold(now, seize=True)
        await self._look_after()
        if self._asking is not None:
            await self._asking
        launched = [await line.launch(self._up) for line in self._lines.values()]
        for line in self._lines.values():
            await line.land_all()
        await upkeep.act_on_shut_doors(self._desk)
        return sum(launched)

    async def _seize(self) -> None:
        for line in self._lines.values():
            await line.hold(self._desk.clock(), seize=True)
            line.begin_empty(self._desk.clock())
        await upkeep.reap(self._desk, everything=True)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return

    # --- what has to be seen to ---------------------------------------------------------------

    async def _look_after(self) -> None:
        now = self._desk.clock()
        await self._look_at_lines(now)
        if now >= self._reap_at or self._reap_at > now + REAP_EVERY:
            self._reap_at = now + REAP_EVERY
            await upkeep.reap(self._desk)
            await upkeep.adopt(self._desk, self._lines)
        if now >= self._broadcasts_at or self._broadcasts_at > now + REAP_EVERY:
            self._broadcasts_at = now + BROADCASTS_EVERY
            await upkeep.see_to_broadcasts(self._desk)
        if now >= self._parts_at or self._parts_at > now + PARTS_EVERY:
            more = await upkeep.put_away_parts(self._desk)
            self._parts_at = now if more else now + PARTS_EVERY
        await upkeep.act_on_shut_doors(self._desk)
        await self._ask_about_doubts(now)

    async def _look_at_lines(self, now: datetime) -> None:
        """See what staff and other processes say of lines and broadcasts."""
        async with self._desk.database.reading() as reads:
            states = await lines.read(reads)
            for name, line in self._lines.items():
                line.learn(states.get(name, Line(name)))
            running = await broadcasts.in_state(reads, broadcasts.State.RUNNING)
            for line in self._lines.values():
                line.picker.running = running
            for line in self._lines.values():
                if line.holds(now):
                    line.standing = await upkeep.stands(reads, line.state, line.pace, now)
        down = {name for name, line in self._lines.items() if breaker.down(line.state, now)}
        self._up.symmetric_difference_update(self._up ^ (self._lines.keys() - down))

    async def _ask_about_doubts(self, now: datetime) -> None:
        if self._asking is not None and not self._asking.done():
            return
        async with self._desk.database.reading() as reads:
            names = await reaper.doubtful(reads)
        mine = [name for name in sorted(names) if name in self._lines]
        mine = [name for name in mine if self._lines[name].holds(now)]
        self._asking = asyncio.create_task(self._settle_doubts(mine)) if mine else None

    async def _settle_doubts(self, names: Collection[str]) -> None:
        for name in names:
            await carefully(self._doubts[name].settle())
            self._lines[name].awake.set()
