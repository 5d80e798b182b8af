"""The send ledger's table and its states: what may become of a message, written out once.

A row is made before anything is sent, and says at any moment whether the message may have left.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Integer,
    Row,
    String,
    Table,
    literal_column,
    select,
    update,
)

from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Transaction

Kind: TypeAlias = Literal["reply", "alert", "followup", "bulk"]

#: The lower goes first: who has just written waits for an answer.
PRIORITY: Mapping[Kind, int] = {"reply": 0, "alert": 1, "followup": 2, "bulk": 9}

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True),  # the order in which messages were written
    Column("id", String(32), nullable=False, unique=True),  # what providers are told
    Column("channel", String(32), nullable=False),
    Column("route_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("by_day", String(64)),  # the zone where it leaves by day only; null: at any hour
    Column("expires_at", Instant, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("claimed_by", String(64)),
    Column("lease_until", Instant),
    Column("attempt", Integer, nullable=False, default=0),  # how often it was submitted
    Column("resends", Integer, nullable=False, default=0),  # how often that was doubtful
    Column("away", Integer, nullable=False, default=0),  # how often the phone was away
    Column("provider_id", String(128)),
    Column("rank", Integer, nullable=False, default=-1),  # of the last receipt that counted
    Column("error", String(64)),
    Column("stopped", Boolean),  # the door was shut, and nobody has acted on it yet
    Column("body", Sealed),  # sealed to SENDER; erased in the end: see ``move``
    Column("body_context", String(128)),  # null: an Outbound of ours; else a text sealed for it
    Column("inbound_token", String(32)),  # the message that this answers
    Column("n", Integer, nullable=False, default=0),  # the how-manieth answer to it
    Column("entry_id", String(32)),  # the case entry that it carries; erased with the body
    Column("broadcast", String(32)),  # null: for one person. Its words are in broadcast_texts
    Column("part", Integer, nullable=False, default=0),  # which of the broadcast's messages
    Column("language", String(16)),  # in which its words are
    Column("made_at", Instant, nullable=False),
    Column("submitted_at", Instant),
    Column("moved_at", Instant, nullable=False),
)

#: Every receipt as it came, without what identifies. Only ever added to.
receipts = Table(
    "receipts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("outbox_id", String(32), nullable=False, index=True),
    Column("rank", Integer, nullable=False),
    Column("delivery", String(16)),
    Column("error", String(64)),
    Column("at", Instant, nullable=False, index=True),
)


class State(StrEnum):
    """How far a message has come."""

    PLANNED = "planned"  # waits
    SUBMITTING = "submitting"  # committed just before the provider is called
    ACCEPTED = "accepted"  # the provider has it
    UNKNOWN = "unknown"  # perhaps the provider has it
    FAILED = "failed"  # the provider will never take it
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


#: A receipt may overtake everything: it can arrive while we wait for the provider's answer, and
#: after we gave a doubtful message up for lost and planned it again.
_BY_RECEIPT = frozenset({State.ACCEPTED, State.DELIVERED, State.UNDELIVERED})

TRANSITIONS: Mapping[State, frozenset[State]] = {
    # To «failed»: staff had it tried again, and took that back.
    State.PLANNED: frozenset({State.SUBMITTING, State.EXPIRED, State.CANCELLED, State.FAILED})
    | _BY_RECEIPT,
    State.SUBMITTING: frozenset({State.PLANNED, State.UNKNOWN, State.FAILED}) | _BY_RECEIPT,
    State.UNKNOWN: frozenset({State.PLANNED, State.FAILED}) | _BY_RECEIPT,
    # The phone was away: try once more, while it is worth it.
    State.ACCEPTED: frozenset({State.PLANNED, State.DELIVERED, State.UNDELIVERED}),
    # What died rises only when staff ask for it by name (``dead_letters``).
    State.FAILED: frozenset({State.PLANNED}),
    State.UNDELIVERED: frozenset({State.PLANNED}),
    State.EXPIRED: frozenset({State.PLANNED}),
    State.DELIVERED: frozenset(),
    State.CANCELLED: frozenset(),
}

#: What holds back later messages to the same contact. A doubtful message has left for all we
#: know, and does not.
OPEN = frozenset({State.PLANNED, State.SUBMITTING})

#: Never reached anybody. Staff see them, with the reason; the words stay for a while
#: (``dead_letters.KEPT_FOR``), so that they can be sent again.
DEAD = frozenset({State.FAILED, State.UNDELIVERED, State.EXPIRED})

#: Nothing follows by itself.
FINAL = DEAD | {State.DELIVERED, State.CANCELLED}

#: Reached somebody, for all we know, or may do so yet.
ALIVE = frozenset(State) - DEAD - {State.CANCELLED}

#: What tells whether a broadcast goes well.
JUDGED = frozenset({State.ACCEPTED, State.DELIVERED, State.FAILED, State.UNDELIVERED})

#: Nothing of ours is left to do.
SETTLED = FINAL | {State.ACCEPTED}


def standing(*states: State, of: FromClause = outbox) -> ColumnElement[bool]:
    """Return the condition that a row is in one of *states*, spelled out.

    An index over some rows only is used where the question names them as the index does, and not
    by parameters.
    """
    names: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in sorted(states)]
    return of.c.state == names[0] if len(names) == 1 else of.c.state.in_(names)


def _index(name: str, *columns: str, where: ColumnElement[bool], unique: bool = False) -> None:
    """Index the rows that a question is about and no others: most of them are history."""
    Index(
        name,
        *(outbox.c[column] for column in columns),
        unique=unique,
        sqlite_where=where,
        postgresql_where=where,
    )


#: Messages to one person, and those of a broadcast. Each broadcast is claimed by itself: a paused
#: one with a million rows is not even looked at.
ALONE = outbox.c.broadcast.is_(None)
BROADCAST = outbox.c.broadcast.is_not(None)

#: With the provider, which has not said that it left there (rank 3, sent; see ``Receipt.rank``).
STANDING = standing(State.ACCEPTED) & (outbox.c.rank < literal_column("3", Integer))

#: The door was shut on it, and nobody has acted on that yet.
SHUT = outbox.c.stopped.is_(True)

_DUE = standing(State.PLANNED)
_index("ix_outbox_due", "channel", "priority", "not_before", "seq", where=_DUE & ALONE)
_index(
    "ix_outbox_broadcast_due",
    *("channel", "broadcast", "not_before", "seq"),
    where=_DUE & BROADCAST,
)
_index("ix_outbox_expires", "expires_at", where=_DUE & ALONE)
# Nobody gets a part of a broadcast twice, however often it is planned.
_index("ix_outbox_broadcast", "broadcast", "route_id", "part", where=BROADCAST, unique=True)
# Nor the same answer to the same message, however often that comes. A nation has no place in it.
_index(
    "ix_outbox_answer",
    *("inbound_token", "n"),
    where=outbox.c.inbound_token.is_not(None),
    unique=True,
)
_index("ix_outbox_line", "route_id", where=standing(*OPEN))
_index("ix_outbox_lease", "lease_until", where=outbox.c.lease_until.is_not(None))
_index(
    "ix_outbox_standing",
    *("channel", "submitted_at"),
    where=STANDING,
)
_index("ix_outbox_unknown", "channel", "moved_at", where=standing(State.UNKNOWN))
_index("ix_outbox_judged", "broadcast", "moved_at", where=standing(*JUDGED) & BROADCAST)
_index("ix_outbox_dead", "moved_at", "seq", "state", "error", where=standing(*DEAD))
# The error first: a question for all that died must not find this one tempting.
_index("ix_outbox_reason", "error", "state", "moved_at", "seq", where=standing(*DEAD))
_index("ix_outbox_kept", "moved_at", where=standing(*DEAD) & outbox.c.body.is_not(None))
_index(
    "ix_outbox_unreported",
    "expires_at",
    where=standing(State.ACCEPTED) & outbox.c.body.is_not(None),
)
_index("ix_outbox_moved_at", "moved_at", where=standing(*SETTLED))
_index("ix_outbox_provider_id", "provider_id", where=outbox.c.provider_id.is_not(None))
_index("ix_outbox_entry", "entry_id", where=outbox.c.entry_id.is_not(None))
_index("ix_outbox_stopped", "seq", where=SHUT)

#: What erasing a message's words sets.
ERASED: Mapping[str, Any] = {"body": None, "body_context": None, "entry_id": None}


def origins(to: State) -> frozenset[State]:
    """Return the states from which *to* may be reached."""
    return frozenset(state for state, after in TRANSITIONS.items() if to in after)


async def move(
    db: Transaction,
    to: State,
    *conditions: Any,
    now: datetime,
    only: Collection[State] | None = None,
    **values: Any,
) -> frozenset[str]:
    """Move every row that meets *conditions* to *to*, where ``TRANSITIONS`` allow it.

    *only*: from these states and no other; what is dead moves only when they name it. Returns the
    ids of the rows that moved; their words are erased when *to* is final and not dead.
    """
    allowed = origins(to) - DEAD if only is None else origins(to) & frozenset(only)
    erased = ERASED if to in FINAL - DEAD else {}
    moved = await db.execute(
        update(outbox)
        .where(outbox.c.state.in_(sorted(allowed)), *conditions)
        .values(state=to, moved_at=now, **{**erased, **values})
        .returning(outbox.c.id)
    )
    return frozenset(moved.scalars())


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message; *entry_id* is the case entry that it carried."""

    id: str
    channel: str
    route_id: str
    kind: Kind
    state: State
    entry_id: str | None = None
    error: str | None = None


async def locked(db: Transaction, *conditions: Any) -> Row[Any] | None:
    """Return the first row that meets *conditions*, held until the transaction ends."""
    found = await db.execute(select(outbox).where(*conditions).with_for_update())
    return found.first()


def settled(row: Row[Any], state: State, error: str | None = None) -> Settled:
    """Say that *row*, as it was before, came to *state*."""
    return Settled(row.id, row.channel, row.route_id, row.kind, state, row.entry_id, error)
