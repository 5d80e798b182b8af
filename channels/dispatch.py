"""The sender's questions to the ledger: what is due, and what it did with it.

One process at a time sends on a line (``storage.leases``), so what is due is only read; the claim
is the conditional update to ``submitting``, committed just before the provider is called. After a
crash a message in any other state has certainly not left, and only those are in doubt.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    exists,
    literal_column,
    select,
    union_all,
    update,
)

from channels.base import Outbound
from channels.broadcasts import State as Going
from channels.broadcasts import broadcasts
from channels.ledger import (
    ALIVE,
    ALONE,
    BROADCAST,
    OPEN,
    PRIORITY,
    Kind,
    State,
    move,
    origins,
    outbox,
    standing,
)
from channels.outbox import enqueue
from channels.routing import CALLS
from channels.sealing import seal_outbound
from storage.among import among
from storage.base import Instant
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring

#: Rows that change lines in one transaction, so that nobody waits for the rest.
AT_A_TIME = 5_000

#: A sender that is alive settles within this; a call to a provider takes at most 30 s.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, repr=False)
class Due:
    """A message that may leave. *body* is null when its words are a broadcast's."""

    id: str
    channel: str
    route_id: str
    kind: Kind
    body: bytes | None
    body_context: str | None
    entry_id: str | None
    broadcast: str | None
    part: int
    language: str | None
    segments: int
    by_day: str | None
    expires_at: datetime
    resends: int
    submitted_at: datetime | None


#: What a question for ``held`` selects last.
COLUMNS = tuple(outbox.c[name] for name in Due.__slots__)

_AHEAD = outbox.alias("ahead")

#: An earlier message to the same contact that is as urgent and still open: what comes after it
#: waits. A broadcast that is paused holds back nothing but itself.
_BEHIND = (
    _AHEAD.c.route_id == outbox.c.route_id,
    standing(*OPEN, of=_AHEAD),
    _AHEAD.c.seq < outbox.c.seq,
    _AHEAD.c.priority <= outbox.c.priority,
)
_HELD_BACK = exists().where(*_BEHIND, _AHEAD.c.broadcast.is_(None))
_HELD_BACK_IN_IT = exists().where(*_BEHIND, _AHEAD.c.broadcast == outbox.c.broadcast)


def _ready(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return what may leave, in order. Parameters: line, now, most."""
    return (
        select(outbox.c.seq, outbox.c.not_before, *COLUMNS)
        .where(outbox.c.channel == bindparam("line"), standing(State.PLANNED), *conditions)
        .where(outbox.c.not_before <= bindparam("now", type_=Instant))
        .where(outbox.c.expires_at > bindparam("now", type_=Instant))
        .order_by(outbox.c.not_before, outbox.c.seq)
        .limit(bindparam("most"))
    )


def _to_one(priority: int) -> Select[Any]:
    urgent = outbox.c.priority == literal_column(str(priority), Integer)
    rows = _ready(ALONE, urgent, ~_HELD_BACK).subquery(f"priority_{priority}")
    return select(literal_column(str(priority), Integer).label("urgency"), rows)


# Each urgency is read in the order of its index, and only so far; made once, as each round asks.
_DUE = union_all(*(_to_one(priority) for priority in sorted(PRIORITY.values()))).subquery("due")
_MOST_URGENT = (
    select(*(_DUE.c[name] for name in Due.__slots__))
    .order_by(_DUE.c.urgency, _DUE.c.not_before, _DUE.c.seq)
    .limit(bindparam("most"))
)
_OF_ONE = _ready(BROADCAST, outbox.c.broadcast == bindparam("its"), ~_HELD_BACK_IN_IT)


async def due(db: Reads, *, channel: str, limit: int, now: datetime) -> list[Due]:
    """Return what may leave on *channel* to one person each, the most urgent first."""
    found = await db.execute(_MOST_URGENT, {"line": channel, "now": now, "most": limit})
    return [held(row) for row in found]


async def due_of(
    db: Reads, broadcast: str, *, channel: str, limit: int, now: datetime
) -> list[Due]:
    """Return what may leave of one broadcast on *channel*, in the order of its plan."""
    values = {"line": channel, "now": now, "most": limit, "its": broadcast}
    return [held(row) for row in await db.execute(_OF_ONE, values)]


async def brought(
    db: Reads, several: Collection[str], routes: Collection[str]
) -> frozenset[tuple[str, int | None]]:
    """Return what *several* broadcasts brought to *routes*, or may yet: by route and part.

    No part: a call, which tells every one.
    """
    its = BROADCAST & outbox.c.broadcast.in_(sorted(several)) & standing(*ALIVE)
    found = select(outbox.c.route_id, outbox.c.part, outbox.c.channel).where(
        its, among(outbox.c.route_id, "routes")
    )
    rows = await db.execute(found, {"routes": sorted(routes)})
    return frozenset((row.route_id, None if row.channel in CALLS else row.part) for row in rows)


def held(row: Row[Any]) -> Due:
    """Return what a sender needs of a row that ends with ``COLUMNS``."""
    return Due(*row[-len(COLUMNS) :])


async def submitting(
    db: Transaction, ids: Collection[str], by: str, now: datetime
) -> frozenset[str]:
    """Say that these messages leave now; commit it before you call the provider.

    Returns the ids that nobody else has taken, cancelled, settled or paused meanwhile.
    """
    values = {"ids": list(ids), "by": by, "now": now, "until": now + LEASE}
    return frozenset((await db.execute(_SUBMITTING, values)).scalars())


_GOES = exists().where(broadcasts.c.id == outbox.c.broadcast, broadcasts.c.state == Going.RUNNING)
_SUBMITTING = (
    update(outbox)
    .where(among(outbox.c.id, "ids"), ALONE | _GOES)
    .where(standing(*origins(State.SUBMITTING)))
    .values(
        state=State.SUBMITTING,
        claimed_by=bindparam("by"),
        lease_until=bindparam("until"),
        submitted_at=bindparam("now"),
        moved_at=bindparam("now"),
        attempt=outbox.c.attempt + 1,
        provider_id=None,
        rank=-1,
    )
    .returning(outbox.c.id)
)


async def put_off(db: Transaction, ids: Collection[str], until: datetime) -> None:
    """Let messages that have not left be due again at *until*."""
    await _change(db, ids, not_before=until)


async def hand_over(db: Transaction, ids: Collection[str], channel: str) -> None:
    """Let another line carry messages that have not left."""
    await _change(db, ids, channel=channel)


async def adopt(db: Transaction, orphan: str, heir: str) -> bool:
    """Let *heir* carry some of what waits on the line *orphan*; False: nothing waits there."""
    waits = select(outbox.c.seq).where(outbox.c.channel == orphan, standing(State.PLANNED))
    some = outbox.c.seq.in_(waits.limit(AT_A_TIME))
    return (await db.execute(update(outbox).where(some).values(channel=heir))).rowcount > 0


async def _change(db: Transaction, ids: Collection[str], **values: Any) -> None:
    waiting = (outbox.c.id.in_(ids), standing(State.PLANNED))
    await db.execute(update(outbox).where(*waiting).values(values))


async def drop(db: Transaction, ids: Collection[str], error: str, now: datetime) -> None:
    """Give up messages that have not left: nobody is there to get them, or wants them."""
    await move(db, State.CANCELLED, outbox.c.id.in_(ids), now=now, error=error)


async def split(
    db: Transaction, keyring: Keyring, row: Due, parts: Sequence[Outbound], now: datetime
) -> None:
    """Let *row* carry the first of *parts*, and new rows behind it the others."""
    first, *others = parts
    body = seal_outbound(keyring, row.id, first)
    await db.execute(
        update(outbox).where(outbox.c.id == row.id).values(body=body, body_context=None)
    )
    for part in others:
        await enqueue(
            db,
            keyring,
            channel=row.channel,
            route_id=row.route_id,
            outbound=part,
            kind=row.kind,
            now=now,
            expires_at=row.expires_at,
            by_day=row.by_day,
        )
