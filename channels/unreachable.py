"""Who cannot be reached, by what became of earlier messages: no news goes there any more.

It holds for broadcasts only. A reply is always tried, and who writes to us can be reached: their
faults are forgiven. A fault is counted where a message is settled, by the contact's route, so
the process that takes a receipt in needs no key to an address.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    String,
    Table,
    case,
    delete,
    exists,
    select,
    update,
)

from channels import contacts, error_codes
from channels.error_codes import Fault
from channels.routing import NUMBERED, kind
from storage.among import among
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

unreachable = Table(
    "unreachable",
    metadata,
    Column("route_id", String(32), primary_key=True),
    Column("fault", String(16), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("counted_at", Instant, nullable=False),
    Column("since", Instant),  # when it was enough; null: not yet
)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many faults are enough, and within which time of each other (None: ever)."""

    times: int
    within: timedelta | None = None


#: Twilio 30004 after three, 30005 and 30006 after two in 30 days, a wrong number at once.
LIMITS: Mapping[Fault, Limit] = {
    Fault.INVALID: Limit(1),
    Fault.GONE: Limit(2, timedelta(days=30)),
    Fault.BLOCKED: Limit(3),
}

#: The parts of one broadcast fail together, for one reason: they count once.
ONE_OCCASION = timedelta(hours=1)

#: A number is given to somebody else in time; one message a year finds out.
KEPT_FOR = timedelta(days=365)


async def count(
    db: Transaction, route_id: str, code: str | None, now: datetime, *, line: str
) -> None:
    """Count that a message by *route_id* failed on *line* with *code*; most say nothing of it.

    What an SMS says of the number of a chat says nothing of the chat.
    """
    fault = error_codes.of(code).fault
    if fault is None or await _elsewhere(db, route_id, line):
        return
    table, limit = unreachable.c, LIMITS[fault]
    times = table.times + 1
    if limit.within is not None:
        times = case((table.counted_at < now - limit.within, 1), else_=times)
    first = insert(db, unreachable).values(route_id=route_id, fault=fault, times=1, counted_at=now)
    await db.execute(
        first.on_conflict_do_update(
            index_elements=["route_id", "fault"],
            set_={"times": times, "counted_at": now},
            where=table.counted_at <= now - ONE_OCCASION,
        )
    )
    enough = (table.times >= limit.times) & table.since.is_(None)
    this = (table.route_id == route_id) & (table.fault == fault)
    await db.execute(update(unreachable).where(this, enough).values(since=now))


async def _elsewhere(db: Transaction, route_id: str, line: str) -> bool:
    """Whether *line* is an SMS's, and the contact behind *route_id* has its number in a chat."""
    return kind(line) == "sms" and await contacts.channel_of(db, route_id) in NUMBERED


async def suppressed(db: Reads, routes: Collection[str]) -> frozenset[str]:
    """Return those of *routes* by which no broadcast goes: one question for a whole batch."""
    return frozenset((await db.execute(_SUPPRESSED, {"routes": list(routes)})).scalars())


_SUPPRESSED = select(unreachable.c.route_id).where(
    among(unreachable.c.route_id, "routes"),
    unreachable.c.since.is_not(None),
)


def faulty(route_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether anything was counted against *route_id*, as a column of somebody else's question."""
    return exists().where(unreachable.c.route_id == route_id)


async def forgive(db: Transaction, route_id: str) -> None:
    """Forget every fault of the contact behind *route_id*: its person has written."""
    await db.execute(delete(unreachable).where(unreachable.c.route_id == route_id))


async def forget_before(db: Transaction, before: datetime) -> int:
    """Forget faults that were last counted before *before*. Returns how many."""
    gone = await db.execute(delete(unreachable).where(unreachable.c.counted_at < before))
    return gone.rowcount
