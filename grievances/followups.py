"""What a case wants done later. A due thing is a row; whoever claims it does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Update,
    delete,
    insert,
    or_,
    select,
    update,
)

from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

followups = Table(
    "followups",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("claimed_by", String(64)),
    Column("claimed_at", Instant),
    Column("done_at", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    # Of a check alone (``checks``), which is done once it is answered or has expired:
    Column("days", Integer),  # how long after what it follows it is asked
    Column("asked_at", Instant),
    Column("answered_at", Instant),
    Column("answer", String(8)),
    Column("expired_at", Instant),
)
Index(
    "ix_followups_waiting",
    followups.c.due_at,
    sqlite_where=followups.c.done_at.is_(None),
    postgresql_where=followups.c.done_at.is_(None),
)

#: When a reporter is reminded of an answer that nobody has read, or of a question of ours.
NUDGES_AFTER = (timedelta(days=3), timedelta(days=7))

#: A claim that is not done by then was lost with its process, and is free again.
LEASE = timedelta(seconds=60)

#: How long one that failed waits before the next try, by the number of tries behind it.
BACKOFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)


class Kind(StrEnum):
    """What is to be done."""

    ANSWER = "answer"  # tell the reporter that the secretariat wrote
    NUDGE = "nudge"  # remind the reporter of it
    REMIND = "remind"  # remind the reporter that we wait for their answer
    CHECK_IN = "check_in"  # ask whether it is solved
    RETALIATION = "retaliation"  # ask whether the reporter is well
    TOO_LARGE = "too_large"  # tell the reporter that a file was too large to be kept
    NOT_FETCHED = "not_fetched"  # tell the reporter that a file could not be fetched


#: How long after it fell due each still makes sense. A check is always taken up, if only to say
#: that it was not asked: a case waits for it. Ten years are longer than any standstill.
LASTS = {
    Kind.ANSWER: timedelta(days=30),
    Kind.NUDGE: timedelta(days=2),
    Kind.REMIND: timedelta(days=2),
    Kind.CHECK_IN: timedelta(days=3650),
    Kind.RETALIATION: timedelta(days=3650),
    Kind.TOO_LARGE: timedelta(days=2),
    Kind.NOT_FETCHED: timedelta(days=2),
}


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One that was claimed."""

    id: str
    case_id: str
    kind: Kind
    attempts: int


async def plan(
    db: Transaction, case_id: str, kind: Kind, due_at: datetime, *, days: int | None = None
) -> str:
    """Have *kind* done for the case at *due_at* or soon after; return the row's id.

    *days*: of a check, how long after what it follows that is.
    """
    row = uuid4().hex
    values = {"id": row, "case_id": case_id, "kind": kind, "due_at": due_at, "days": days}
    await db.execute(insert(followups).values(**values, expires_at=due_at + LASTS[kind]))
    return row


async def planned(db: Reads, case_id: str, kind: Kind) -> bool:
    """Whether *kind* is to be done for the case and not done yet."""
    c = followups.c
    waits = select(c.id).where(c.case_id == case_id, c.kind == kind, c.done_at.is_(None))
    return (await db.execute(waits.limit(1))).scalar() is not None


async def claim_due(db: Transaction, now: datetime, *, limit: int, by: str) -> Sequence[FollowUp]:
    """Claim what is due and not yet too late, the longest due first, for 60 s."""
    c = followups.c
    free = or_(c.claimed_at.is_(None), c.claimed_at <= now - LEASE)
    due = (
        select(c.id)
        .where(c.done_at.is_(None), c.due_at <= now, c.expires_at > now, free)
        .order_by(c.due_at, c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = await db.execute(
        update(followups)
        .where(c.id.in_(select(due.c.id)), free)
        .values(claimed_by=by, claimed_at=now, attempts=c.attempts + 1)
        .returning(c.id, c.case_id, c.kind, c.attempts, c.due_at)
    )
    rows = sorted(claimed, key=lambda row: (row.due_at, row.kind, row.id))
    return [FollowUp(row.id, row.case_id, Kind(row.kind), row.attempts) for row in rows]


async def done(db: Transaction, followup_id: str, *, by: str, now: datetime) -> bool:
    """Note that it is done; False when it is no longer *by*'s to do: then roll back.

    Called in the transaction that does it, so that it is done once whoever else has a claim.
    """
    settled = await db.execute(_mine(followup_id, by).values(done_at=now))
    return settled.rowcount == 1


async def again(db: Transaction, followup: FollowUp, *, by: str, now: datetime) -> None:
    """Give back what could not be done now, to be tried later."""
    wait = BACKOFF[min(followup.attempts, len(BACKOFF)) - 1]
    await db.execute(
        _mine(followup.id, by).values(claimed_by=None, claimed_at=None, due_at=now + wait)
    )


async def cancel(db: Transaction, case_id: str, *kinds: Kind) -> None:
    """Drop what is planned and not done, claimed or not.

    One that is being done at this moment is left to whoever does it: to wait for that transaction
    while holding the case, which it may want next, would be a deadlock.
    """
    c = followups.c
    free = (
        select(c.id)
        .where(c.case_id == case_id, c.kind.in_(kinds), c.done_at.is_(None))
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    await db.execute(delete(followups).where(c.id.in_(select(free.c.id))))


def _mine(followup_id: str, by: str) -> Update:
    return update(followups).where(
        followups.c.id == followup_id,
        followups.c.claimed_by == by,
        followups.c.done_at.is_(None),
    )
