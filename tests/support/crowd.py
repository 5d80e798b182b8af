"""Five hundred people who are each to get every message once, and in order; and the count of it.

The ledger, the provider and the processes between them may suffer anything. What has come of it is
counted here from two sides that cannot agree by accident: what the provider took, by our own ids,
and what the ledger says.
"""

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, fields
from datetime import timedelta

from sqlalchemy import func, select

from channels import contacts, outbox
from channels.base import Address, Outbound
from channels.ledger import OPEN, State
from channels.ledger import outbox as ledger
from storage.engine import Database
from tests.support.carrier import Carrier, ours
from tests.support.clock import Clock
from vault.keyring import Keyring

RECIPIENTS = 500

#: The states of what has come to rest.
RESTING = frozenset(State) - OPEN - {State.UNKNOWN}

#: Seconds within which everything must have come to rest.
REST_WITHIN = 300.0

#: Seconds between two looks into the ledger, which cost the sender time.
LOOK = 0.1

#: Seconds after which a ledger that does not move waits for a time that is to come.
STILL = 4.0


@dataclass
class Tally:
    """What became of all messages; from ``lost`` on, what must be nothing."""

    messages: int = 0
    asked: int = 0  # how often the provider was asked to send one
    taken: int = 0
    doubted: int = 0  # messages that the provider was asked about, by number
    resent: int = 0
    seconds: float = 0.0
    lost: int = 0  # never taken
    doubled: int = 0  # taken more often than once
    unsettled: int = 0  # the ledger does not say that the provider has them
    disordered: int = 0  # overtook an earlier one to the same person, and neither was in doubt

    @property
    def wrong(self) -> dict[str, int]:
        """What should be nothing, and is not."""
        must = ("lost", "doubled", "unsettled", "disordered")
        return {name: value for name in must if (value := getattr(self, name))}

    def __str__(self) -> str:
        return ", ".join(f"{one.name} {getattr(self, one.name)}" for one in fields(self))


class Crowd:
    """The people, what was written to them, and the provider that should bring it."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        carrier: Carrier,
        *,
        size: int = RECIPIENTS,
    ) -> None:
        self.database, self.keyring, self.carrier = database, keyring, carrier
        self.clock = Clock()  # of everything that is ours
        carrier.clock = self.clock.true
        self.numbers = [f"+2547{number:08}" for number in range(size)]
        self.written: dict[str, str] = {}  # our id -> who is to get it, in order of writing
        self._routes: list[str] = []
        self._began = time.monotonic()

    async def write(self, words: str) -> None:
        """Write one message to each, all in one transaction."""
        now = self.clock()
        async with self.database.transaction() as db:
            if not self._routes:
                for number in self.numbers:
                    address = Address("sms", number)
                    self._routes.append(await contacts.remember(db, self.keyring, address, now))
            for number, route in zip(self.numbers, self._routes, strict=True):
                outbox_id = await outbox.enqueue(
                    db,
                    self.keyring,
                    channel="sms",
                    route_id=route,
                    outbound=Outbound(f"{words} to {number}"),
                    kind="reply",
                    now=now,
                )
                self.written[outbox_id] = number

    @property
    def untaken(self) -> int:
        """How many messages the provider does not have."""
        return len(self.written) - len(self.carrier.taken)

    async def rest(self, *, wind: timedelta | None = None) -> None:
        """Wait until nothing waits, leaves or is in doubt.

        *wind*: how much time passes at once whenever nothing has moved for a while. What could
        not be settled is tried again after a minute or more, and nobody here can wait for that.
        """
        before, since = Counter[str](), time.monotonic()
        async with asyncio.timeout(REST_WITHIN):
            while before.keys() - RESTING or not before:
                await asyncio.sleep(LOOK)
                if (now := await self.states()) != before:
                    before, since = now, time.monotonic()
                elif wind and time.monotonic() - since > STILL:
                    self.clock.passed += wind
                    since = time.monotonic()

    async def states(self) -> Counter[str]:
        """Count the ledger's rows by state."""
        counted = select(ledger.c.state, func.count().label("rows")).group_by(ledger.c.state)
        async with self.database.reading() as reads:
            return Counter({row.state: row.rows for row in await reads.execute(counted)})

    async def tally(self) -> Tally:
        """Count what became of everything."""
        taken = self.carrier.taken
        counts = Tally(messages=len(self.written), asked=self.carrier.creates)
        counts.taken = taken.total()
        counts.seconds = round(time.monotonic() - self._began, 1)
        counts.doubted = len(self.carrier.listed)
        counts.lost = len(self.written.keys() - taken.keys())
        counts.doubled = taken.total() - len(taken)
        async with self.database.reading() as reads:
            rows = (
                await reads.execute(select(ledger.c.id, ledger.c.state, ledger.c.resends))
            ).all()
        held = Counter(row.state for row in rows)
        counts.unsettled = len(self.written) - held[State.ACCEPTED] - held[State.DELIVERED]
        resent = {row.id for row in rows if row.resends}
        counts.resent = len(resent)
        counts.disordered = self._disordered(resent)
        return counts

    def _disordered(self, excused: set[str]) -> int:
        """Count who was overtaken. What is in doubt holds nobody back, and may come later."""
        came: dict[str, list[str]] = defaultdict(list)
        meant: dict[str, list[str]] = defaultdict(list)
        for message in self.carrier.sent:
            outbox_id = ours(message.form)
            if outbox_id not in excused and outbox_id not in came[message.to]:
                came[message.to].append(outbox_id)
        for outbox_id, number in self.written.items():
            if outbox_id in self.carrier.taken and outbox_id not in excused:
                meant[number].append(outbox_id)
        return sum(came[number] != meant[number] for number in self.numbers)
