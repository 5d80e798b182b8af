"""How it goes with each channel: paused by staff, resting, what went wrong last.

The process that holds a channel's lease (``storage.leases``) writes; every console reads.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Float, Integer, String, Table, or_, select, update

from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

lines = Table(
    "lines",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("paused_at", Instant),  # by staff, until they say otherwise
    Column("paused_by", String(32)),
    Column("rests_until", Instant),  # what the provider asked for, or the breaker
    Column(
        "troubles", Integer, nullable=False, default=0
    ),  # in a row; a message that goes ends it
    Column("last_error", String(64)),
    Column("last_error_at", Instant),
    Column("last_sent_at", Instant),
    Column("last_receipt_at", Instant),
    Column("per_second", Float),  # what its owner allows
)


#: How exactly ``last_receipt_at`` is kept.
HEARD_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One channel, as its owner last wrote it down. *per_second*: segments for SMS."""

    channel: str
    paused_at: datetime | None = None
    paused_by: str | None = None
    rests_until: datetime | None = None
    troubles: int = 0
    last_error: str | None = None
    last_error_at: datetime | None = None
    last_sent_at: datetime | None = None
    last_receipt_at: datetime | None = None
    per_second: float | None = None

    def open(self, now: datetime) -> bool:
        """Whether messages may leave at *now*."""
        return self.paused_at is None and (self.rests_until is None or self.rests_until <= now)


def send_lease(channel: str) -> str:
    """Return the name of the lease whose holder alone sends on *channel*."""
    return f"send:{channel}"


async def read(db: Reads) -> dict[str, Line]:
    """Return every channel that anything was ever written of, by name."""
    found = await db.execute(select(lines))
    return {row["channel"]: Line(**row) for row in found.mappings()}


async def pause(db: Transaction, channel: str, by: str, now: datetime) -> None:
    """Let nothing more leave on *channel* until ``resume``. *by*: the member who says so."""
    await note(db, channel, paused_at=now, paused_by=by)


async def resume(db: Transaction, channel: str) -> None:
    """Let messages leave again, and forget why the channel rested."""
    await note(db, channel, paused_at=None, paused_by=None, rests_until=None, troubles=0)


async def heard(db: Transaction, channel: str, now: datetime) -> None:
    """Note that the provider reports what becomes of messages: now and then, not each time."""
    last = lines.c.last_receipt_at
    stale = or_(last.is_(None), last < now - HEARD_EVERY)
    await db.execute(
        update(lines).where(lines.c.channel == channel, stale).values(last_receipt_at=now)
    )


async def note(db: Transaction, channel: str, **values: Any) -> None:
    """Write *values* (columns of ``lines``) down for *channel*."""
    statement = insert(db, lines).values(channel=channel, **{"troubles": 0, **values})
    await db.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=values))
