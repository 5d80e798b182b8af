"""What dead senders leave behind is taken back, and what is in doubt is settled.

A lease that ran out says that its sender is gone. What it was sending is in doubt until the
provider tells, and only then sent once more; whatever else stands in the ledger never left.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, true, update

from channels import broadcasts, overview
from channels.base import Sent
from channels.dispatch import COLUMNS, LEASE, Due, held
from channels.ledger import (
    ALONE,
    BROADCAST,
    ERASED,
    PRIORITY,
    Settled,
    State,
    locked,
    move,
    outbox,
    settled,
    standing,
)
from channels.settling import accepted
from storage.base import Instant
from storage.unit_of_work import Reads, Transaction

#: A receipt that has not come by then, after the expiry, never will (Twilio queues up to 10 h).
RECEIPTS_CEASE = timedelta(hours=12)

#: How far the clocks of two of our machines may be apart.
SKEW = timedelta(seconds=5)

#: Rows of an ended broadcast that are put away at a time, so that nobody waits for the rest.
AT_A_TIME = 5_000


@dataclass(frozen=True, slots=True)
class Reaped:
    """What the reaper moved."""

    unknown: int
    expired: int


async def reap(db: Transaction, now: datetime, *, everything: bool = False) -> Reaped:
    """Take back what dead senders held, and put away what came too late.

    *everything*: no other sender lives, so leases need not run out first.
    """
    over = true() if everything else outbox.c.lease_until <= now
    leased = outbox.c.lease_until.is_not(None)
    only = {State.SUBMITTING}
    unknown = await move(db, State.UNKNOWN, leased, over, now=now, only=only, lease_until=None)
    if everything:  # a sender that died while it asked about them asks no more
        await db.execute(update(outbox).where(standing(State.UNKNOWN)).values(lease_until=None))
    await _bring_back(db, now)
    late = (standing(State.PLANNED), ALONE, outbox.c.expires_at <= now)
    expired = await move(db, State.EXPIRED, *late, now=now)
    await _erase_unreported(db, now)
    return Reaped(len(unknown), len(expired))


async def _bring_back(db: Transaction, now: datetime) -> None:
    """Let what a clock that was fast put off be due when it was meant to be.

    Nobody moved a message in the future: that clock was set back since, and whatever comes later
    to the same contact would wait behind it.
    """
    fast = and_(
        outbox.c.channel.in_(await overview.used(db)),
        outbox.c.priority.in_(sorted(PRIORITY.values())),
        standing(State.PLANNED),
        ALONE,
        outbox.c.not_before > now + SKEW,
        outbox.c.moved_at > now + SKEW,
    )
    meant = outbox.c.not_before - outbox.c.moved_at + bindparam("now", now, type_=Instant)
    await db.execute(update(outbox).where(fast).values(not_before=meant, moved_at=now))


async def put_away(db: Transaction, now: datetime) -> bool:
    """Put away rows of broadcasts that are cancelled or too late; False: there are no more."""
    over = broadcasts.broadcasts.c.expires_at <= now
    cancelled = broadcasts.broadcasts.c.state == broadcasts.State.CANCELLED
    for to, which in ((State.CANCELLED, cancelled), (State.EXPIRED, over)):
        ended = select(broadcasts.broadcasts.c.id).where(which)
        some = _waiting_of(outbox.c.broadcast.in_(ended)).limit(AT_A_TIME)
        if await move(db, to, outbox.c.seq.in_(some), now=now):
            return True
    return False


async def late_parts(db: Reads, now: datetime) -> list[int]:
    """Return rows, by ``seq``, that are too late, of broadcasts whose later parts are to come.

    Looks at all of these that are due, which may be very many: not while others want to write.
    """
    going = broadcasts.broadcasts.c
    spread = select(going.id).where(going.spread.is_(True), going.expires_at > now)
    # What is due, by its index: of the parts to come there may be millions.
    due = outbox.c.channel.in_(await overview.used(db)) & (outbox.c.not_before <= now)
    late = due & (outbox.c.expires_at <= now) & outbox.c.broadcast.in_(spread)
    return [*(await db.execute(_waiting_of(late).limit(AT_A_TIME))).scalars()]


async def put_away_parts(db: Transaction, late: Collection[int], now: datetime) -> None:
    """Put away those of *late*, rows by ``seq``, that have not left meanwhile."""
    await move(db, State.EXPIRED, outbox.c.seq.in_(late), now=now)


def _waiting_of(which: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(outbox.c.seq).where(standing(State.PLANNED), BROADCAST, which)


async def _erase_unreported(db: Transaction, now: datetime) -> None:
    silent = and_(
        standing(State.ACCEPTED),
        outbox.c.body.is_not(None),
        outbox.c.expires_at <= now - RECEIPTS_CEASE,
    )
    await db.execute(update(outbox).where(silent).values(ERASED))


async def doubtful(db: Reads) -> frozenset[str]:
    """Return the channels on which a message is in doubt."""
    found = select(outbox.c.channel).where(standing(State.UNKNOWN)).distinct()
    return frozenset((await db.execute(found)).scalars())


async def unknowns(
    db: Transaction, *, channel: str, before: datetime, by: str, now: datetime, limit: int = 100
) -> list[Due]:
    """Lease to *by* the doubtful messages of *channel* that have been so since *before*."""
    free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
    doubtful = (
        select(outbox.c.id)
        .where(outbox.c.channel == channel, standing(State.UNKNOWN))
        .where(outbox.c.moved_at <= before, free)
        .order_by(outbox.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("doubtful")
    )
    leased = await db.execute(
        update(outbox)
        .where(outbox.c.id.in_(select(doubtful.c.id)))
        .values(claimed_by=by, lease_until=now + LEASE)
        .returning(outbox.c.seq, *COLUMNS)
    )
    return [held(row) for row in sorted(leased, key=lambda row: row.seq)]


async def resolve_unknown(
    db: Transaction, outbox_id: str, found: Sent | None, now: datetime, *, resend: bool
) -> Settled | None:
    """Settle a doubtful message: the provider has it, or it leaves once more, or it is lost."""
    row = await locked(db, outbox.c.id == outbox_id, outbox.c.state == State.UNKNOWN)
    if row is None:
        return None
    if found is not None:
        return await accepted(db, row, found, now)
    this = outbox.c.id == outbox_id
    if resend:
        again = {"not_before": now, "lease_until": None, "resends": row.resends + 1}
        await move(db, State.PLANNED, this, now=now, only={State.UNKNOWN}, **again)
        return settled(row, State.PLANNED)
    await move(db, State.FAILED, this, now=now, only={State.UNKNOWN}, error="unknown")
    return settled(row, State.FAILED, "unknown")


async def owner(db: Reads, channel: str, provider_id: str) -> str | None:
    """Return the id of the message that the provider calls *provider_id*."""
    same = (outbox.c.channel == channel) & (outbox.c.provider_id == provider_id)
    found: str | None = (await db.execute(select(outbox.c.id).where(same))).scalars().first()
    return found
