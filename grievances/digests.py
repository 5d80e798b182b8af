"""Which mails are due to whom: what each member wishes, one row for each mail, and its claim.

A mail is claimed, then marked as leaving in one commit, and only then handed over: so whatever
dies, and however many processes tick, none goes twice. One that was marked and never settled may
have left; it is not sent again, since the next morning brings another.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    and_,
    delete,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy import case as either

from forum.members import members
from grievances.calendars import Calendar
from grievances.case import cases
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert, insert_new

wishes = Table(
    "digest_wishes",
    metadata,
    Column("member_id", String(32), ForeignKey("members.id"), primary_key=True),
    Column("how", String(8), nullable=False),
    Column("hour", Integer, nullable=False),  # by the forum's clocks
    Column("since", Instant, nullable=False),
    Column("called_at", Instant),  # when the last mail left that could not wait
)
digests = Table(
    "digests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("member_id", String(32), ForeignKey("members.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("slot", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("member_id", "slot"),
)
_DUE = digests.c.due_at.is_not(None)
Index("ix_digests_due", digests.c.due_at, sqlite_where=_DUE, postgresql_where=_DUE)
calls = Table(
    "digest_calls",
    metadata,
    Column("member_id", String(32), ForeignKey("members.id"), primary_key=True),
    Column("case_id", String(32), ForeignKey(cases.c.id), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("digest_id", String(32)),  # the mail that told it; None: none has
)
UNTOLD = calls.c.digest_id.is_(None)
Index("ix_digest_calls_untold", calls.c.member_id, sqlite_where=UNTOLD, postgresql_where=UNTOLD)

#: Between two mails to one member that cannot wait.
PAUSE: Final = timedelta(minutes=30)

#: What could not wait is not worth a mail after this long: a morning has come since.
LASTS: Final = timedelta(hours=24)

#: From one try to the next, by the number of tries behind it. The first is longer than a mail
#: server takes to answer or to be given up.
BACKOFF: Final = (
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
)

#: A mail that is marked as leaving and not settled by then was lost with its process.
SETTLED_WITHIN: Final = timedelta(minutes=10)

#: How long it is known what was mailed.
KEPT: Final = timedelta(days=7)

#: The hour at which a digest comes unless somebody chooses another.
MORNING: Final = 7

#: The slot of the one mail to a member that cannot wait and has not left yet.
AT_ONCE: Final = "at once"


class How(StrEnum):
    """When a member is mailed."""

    NEVER = "never"
    DAILY = "daily"  # on each working day, at an hour
    AT_ONCE = "at_once"  # and besides when one of their cases cannot wait


class Kind(StrEnum):
    """Which of the two mails it is."""

    DAILY = "daily"
    AT_ONCE = "at_once"


class State(StrEnum):
    """How far a mail came."""

    WAITING = "waiting"
    LEAVING = "leaving"  # it may have left
    SENT = "sent"
    EMPTY = "empty"  # there was nothing to tell
    REFUSED = "refused"  # the server will never take it


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member wishes; *hour* is of the forum's day, 0 to 23."""

    how: How = How.NEVER
    hour: int = MORNING


@dataclass(frozen=True, slots=True)
class Digest:
    """A mail that was claimed. *attempts* counts the claims, this one included."""

    id: str
    member_id: str
    kind: Kind
    attempts: int


# --- what they wish ------------------------------------------------------------------------------


async def wish_of(db: Reads, member_id: str) -> Wish:
    """Return what a member wishes; who has said nothing gets no mail."""
    found = await db.execute(
        select(wishes.c.how, wishes.c.hour).where(wishes.c.member_id == member_id)
    )
    row = found.one_or_none()
    return Wish(How(row.how), row.hour) if row else Wish()


async def choose(db: Transaction, member_id: str, wish: Wish, now: datetime) -> None:
    """Keep what a member wishes from now on; what is not told yet is told by it."""
    fresh = {"how": wish.how, "hour": wish.hour, "since": now}
    statement = insert(db, wishes).values(member_id=member_id, **fresh)
    await db.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=fresh))


# --- what is due ---------------------------------------------------------------------------------


def due_day(calendar: Calendar, hour: int, since: datetime, now: datetime) -> str | None:
    """Return the day whose digest is due at *now* (``2026-05-12``); None: it is not time.

    It is due from its hour until the day is over, on days on which the forum works, and not for
    an hour that was over before it was wished for.
    """
    day = now.astimezone(calendar.zone).date()
    if not calendar.works_on(day):
        return None
    at = calendar.clock_shows(day, time(hour))
    return day.isoformat() if since <= at <= now else None


def day_ends(calendar: Calendar, now: datetime) -> datetime:
    """Return when the forum's day is over that *now* is in."""
    tomorrow = now.astimezone(calendar.zone).date() + timedelta(days=1)
    return calendar.clock_shows(tomorrow, time(0))


async def plan(db: Transaction, calendar: Calendar, now: datetime) -> int:
    """Make the rows of all mails that have become due; return how many there may be."""
    await _give_up(db, now)
    rows = [*await _daily(db, calendar, now), *await _at_once(db, now)]
    if rows:
        await db.execute(insert_new(db, digests), rows)
    return len(rows)


async def _give_up(db: Transaction, now: datetime) -> None:
    """Let go what was lost on its way, so that another can be planned."""
    lost = (digests.c.state == State.LEAVING) & (digests.c.slot == AT_ONCE)
    lost &= digests.c.made_at <= now - SETTLED_WITHIN
    late = (digests.c.state == State.WAITING) & (digests.c.expires_at <= now)
    await db.execute(update(digests).where(lost).values(slot=digests.c.id))
    await db.execute(
        update(digests)
        .where(late, digests.c.due_at.is_not(None))
        .values(due_at=None, state=State.EMPTY, slot=_freed())
    )


async def _daily(db: Reads, calendar: Calendar, now: datetime) -> list[dict[str, Any]]:
    today = now.astimezone(calendar.zone).date().isoformat()
    made = exists().where(digests.c.member_id == wishes.c.member_id, digests.c.slot == today)
    found = await db.execute(_wishing(How.DAILY, How.AT_ONCE).where(~made))
    return [
        _row(_daily_id(row.member_id, day), row.member_id, Kind.DAILY, day, now)
        | {"expires_at": day_ends(calendar, now)}
        for row in found
        if (day := due_day(calendar, row.hour, row.since, now))
    ]


async def _at_once(db: Reads, now: datetime) -> list[dict[str, Any]]:
    c = wishes.c
    # A time from far ahead was written by a clock that has been put back since.
    rested = or_(c.called_at.is_(None), c.called_at <= now - PAUSE, c.called_at > now + PAUSE)
    untold = exists().where(calls.c.member_id == c.member_id, UNTOLD)
    made = exists().where(digests.c.member_id == c.member_id, digests.c.slot == AT_ONCE)
    found = await db.execute(_wishing(How.AT_ONCE).where(rested, untold, ~made))
    return [
        _row(uuid4().hex, row.member_id, Kind.AT_ONCE, AT_ONCE, now) | {"expires_at": now + LASTS}
        for row in found
    ]


def _wishing(*how: How) -> Any:
    present = and_(members.c.id == wishes.c.member_id, members.c.left_at.is_(None))
    return select(wishes).join(members, present).where(wishes.c.how.in_(how))


def _row(digest_id: str, member_id: str, kind: Kind, slot: str, now: datetime) -> dict[str, Any]:
    return {
        "id": digest_id,
        "member_id": member_id,
        "kind": kind,
        "slot": slot,
        "state": State.WAITING,
        "attempts": 0,
        "made_at": now,
        "due_at": now,
    }


def _daily_id(member_id: str, day: str) -> str:
    """Return the same name for the same digest, whoever plans it."""
    return hashlib.sha256(f"{member_id}|{day}".encode()).hexdigest()[:32]


# --- its way -------------------------------------------------------------------------------------


async def claim(db: Transaction, now: datetime, *, limit: int) -> Sequence[Digest]:
    """Claim what is to leave now. A claim puts the next try off by itself."""
    c = digests.c
    due = (
        select(c.id)
        .where(c.state == State.WAITING, c.due_at <= now, c.expires_at > now)
        .order_by(c.due_at, c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = await db.execute(
        update(digests)
        .where(c.id.in_(select(due.c.id)), c.due_at <= now)
        .values(attempts=c.attempts + 1, due_at=now + BACKOFF[0])
        .returning(c.id, c.member_id, c.kind, c.attempts)
    )
    return [Digest(row.id, row.member_id, Kind(row.kind), row.attempts) for row in claimed]


async def leaves(db: Transaction, digest: Digest, now: datetime) -> bool:
    """Mark a mail as leaving; False: it is no longer this claim's to send."""
    ours = digests.c.attempts == digest.attempts
    moved = await _move(
        db, digest, State.WAITING, ours, state=State.LEAVING, due_at=None, made_at=now
    )
    if moved and digest.kind is Kind.AT_ONCE:
        theirs = wishes.c.member_id == digest.member_id
        await db.execute(update(wishes).where(theirs).values(called_at=now))
    return moved


async def settle(db: Transaction, digest: Digest, state: State) -> None:
    """Note what became of a mail that was leaving, or that had nothing to tell."""
    before = State.WAITING if state is State.EMPTY else State.LEAVING
    await _move(db, digest, before, state=state, due_at=None, slot=_freed())


async def again(db: Transaction, digest: Digest, now: datetime) -> None:
    """Put off a mail that did not leave, and what it would have told."""
    wait = BACKOFF[min(digest.attempts, len(BACKOFF)) - 1]
    ours = (digests.c.id == digest.id) & (digests.c.attempts == digest.attempts)
    values = {"state": State.WAITING, "due_at": now + wait}
    await db.execute(update(digests).where(ours).values(values))
    told = calls.c.digest_id == digest.id
    await db.execute(update(calls).where(told).values(digest_id=None))


async def put_off(db: Transaction, claimed: Sequence[Digest], now: datetime) -> None:
    """Put off what was claimed while the mail server was away."""
    for digest in claimed:
        await again(db, digest, now)


async def purge(db: Transaction, now: datetime) -> None:
    """Forget what was mailed long ago."""
    await db.execute(delete(digests).where(digests.c.made_at <= now - KEPT, ~_DUE))
    await db.execute(delete(calls).where(calls.c.at <= now - KEPT))


def _freed() -> Any:
    """Return the slot of a mail that is over: one that could not wait makes room for the next."""
    return either((digests.c.slot == AT_ONCE, digests.c.id), else_=digests.c.slot)


async def _move(db: Transaction, digest: Digest, come: State, *more: Any, **values: Any) -> bool:
    moved = await db.execute(
        update(digests)
        .where(digests.c.id == digest.id, digests.c.state == come, *more)
        .values(values)
    )
    return moved.rowcount == 1
