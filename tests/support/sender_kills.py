"""Kills the sender again and again while it sends to five hundred people, and counts.

Each life of it is a real process on the same ledger, ended by SIGKILL at a moment that nobody
chose: while messages leave, or while it clears up after the one before it.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from sqlalchemy import func, select

from channels.ledger import State
from channels.ledger import outbox as ledger
from tests.support.crowd import LOOK, Crowd, Tally
from tests.support.nursery import Nursery
from tests.support.patience import until
from tests.support.sender_process import PACE

#: How long an answer of the provider takes, in seconds: some messages are always on their way.
LATENCY = 0.02

#: One life in so many is killed while it clears up after the one before, but never two in a row.
EARLY_ONCE_IN = 4
EARLY_WITHIN = 1.5  # seconds

#: Seconds within which all that is in doubt must be settled (delivery.md, 3.4), and how many of
#: them pass in life while a late receipt may still come (``PACES["sms"].ask_after``), which the
#: senders here do not wait for.
SETTLED_WITHIN = 300.0
RECEIPT_MAY_COME = 120.0


@dataclass
class Deaths:
    """What was found at the deaths; from ``too_many`` on, what must be nothing."""

    kills: int = 0
    early: int = 0  # of those, while it cleared up
    mid_flight: int = 0  # of those, with messages on their way
    in_doubt: int = 0  # messages on their way, of all deaths
    most_in_doubt: int = 0  # at one death
    longest_doubt: float = 0.0  # seconds until the last doubt of a death was settled
    too_many: int = 0  # deaths that left more in doubt than may be under way
    strayed: int = 0  # sent again or asked about, though never on their way at a death
    late: int = 0  # doubts that were not settled in time

    @property
    def wrong(self) -> dict[str, int]:
        """What should be nothing, and is not."""
        must = ("too_many", "strayed", "late")
        return {name: value for name in must if (value := getattr(self, name))}

    def __str__(self) -> str:
        return ", ".join(f"{one.name} {getattr(self, one.name)}" for one in fields(self))


@dataclass
class SenderKills:
    """One ledger, one provider, and sender after sender.

    *step*: by how many seconds each life's clock is ahead of the last one's, where a sender must
    wait until the leases of the dead have run out, as it does when others may live.
    """

    crowd: Crowd
    nursery: Nursery
    where: Mapping[str, str]
    step: float = 0.0
    seed: int = 7
    deaths: Deaths = field(default_factory=Deaths)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._life = 0
        self._early = False
        self._doubtful: set[str] = set()  # on their way at some death
        self._open: dict[str, datetime] = {}  # not settled yet, and since when
        self.crowd.carrier.clock = self.crowd.clock
        self.crowd.carrier.latency = LATENCY

    async def soak(self, kills: int) -> tuple[Tally, Deaths]:
        """Kill *kills* senders, let one more finish, and count."""
        for number in range(kills):
            pid = await self._birth()
            await self._fatal_moment(number)
            await self._kill(pid)
        pid = await self._birth()
        await self._doubts_settled()
        await self.crowd.rest()
        await self.nursery.kill(pid)
        tally = await self.crowd.tally()
        await self._look_for_strays()
        return tally, self.deaths

    async def _birth(self) -> int:
        self._life += 1
        self.crowd.clock.ahead += timedelta(seconds=self.step)
        ahead = self.crowd.clock.ahead.total_seconds()
        own = {"by": f"life-{self._life}", "ahead": str(ahead)}
        return await self.nursery.birth({**self.where, **own})

    async def _fatal_moment(self, number: int) -> None:
        """Write to everybody, and return when this life is to end."""
        crowd, carrier = self.crowd, self.crowd.carrier
        self._early = not self._early and self._dice.randrange(EARLY_ONCE_IN) == 0
        if self._early:
            await crowd.write(f"n{number}")
            await asyncio.sleep(self._dice.uniform(0, EARLY_WITHIN))
            return
        await self._doubts_settled()
        await crowd.write(f"n{number}")
        goal = len(carrier.taken) + self._dice.randint(1, max(crowd.untaken, 1))
        await until(lambda: len(carrier.taken) >= goal, SETTLED_WITHIN)
        await asyncio.sleep(self._dice.uniform(0, 2 * LATENCY))

    async def _kill(self, pid: int) -> None:
        deaths = self.deaths
        await self.nursery.kill(pid)
        deaths.kills += 1
        deaths.early += self._early
        await until(self._nothing_moves)
        died = self.crowd.clock()
        found = await self._standing()
        submitting = {one for one, state in found.items() if state == State.SUBMITTING}
        deaths.in_doubt += len(submitting)
        deaths.mid_flight += bool(submitting)
        deaths.most_in_doubt = max(deaths.most_in_doubt, len(submitting))
        deaths.too_many += len(submitting) > PACE.unsettled
        self._doubtful |= submitting
        for one in submitting:
            self._open.setdefault(one, died)

    async def _nothing_moves(self) -> bool:
        """Whether the dead one's last words have come to the provider and to the database."""
        before = await self._standing()
        await asyncio.sleep(0.03)
        return not self.crowd.carrier.busy and await self._standing() == before

    async def _standing(self) -> dict[str, str]:
        async with self.crowd.database.reading() as reads:
            held = ledger.c.state.in_([State.SUBMITTING, State.UNKNOWN])
            rows = await reads.execute(select(ledger.c.id, ledger.c.state).where(held))
            return {row.id: row.state for row in rows}

    async def _doubts_settled(self) -> None:
        async with asyncio.timeout(SETTLED_WITHIN):
            while not await self._settled():
                await asyncio.sleep(LOOK)

    async def _settled(self) -> bool:
        """Whether nothing is in doubt any more of what the dead ones left."""
        if not self._open:
            return True
        async with self.crowd.database.reading() as reads:
            rows = await reads.execute(
                select(ledger.c.id)
                .where(ledger.c.id.in_(self._open))
                .where(ledger.c.state.in_([State.SUBMITTING, State.UNKNOWN]))
                .where(
                    (ledger.c.state == State.UNKNOWN)
                    | (ledger.c.claimed_by != f"life-{self._life}")
                )
            )
            still = set(rows.scalars())
        for one in self._open.keys() - still:
            doubt = (self.crowd.clock() - self._open.pop(one)).total_seconds()
            self.deaths.longest_doubt = max(self.deaths.longest_doubt, round(doubt, 1))
            self.deaths.late += doubt + RECEIPT_MAY_COME > SETTLED_WITHIN
        return not still

    async def _look_for_strays(self) -> None:
        """Count what was treated as doubtful, and was never on its way at a death."""
        doubted = {self.crowd.written[one] for one in self._doubtful}
        async with self.crowd.database.reading() as reads:
            again = (ledger.c.resends > 0) | (ledger.c.attempt > 1)
            rows = await reads.execute(select(ledger.c.id).where(again))
            resent = set(rows.scalars())
            everything = (await reads.execute(select(func.count(ledger.c.id)))).scalar_one()
        assert everything == len(self.crowd.written)
        self.deaths.strayed = len(self.crowd.carrier.listed - doubted)
        self.deaths.strayed += len(resent - self._doubtful)
