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
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
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
    Column("body", Sealed),  # sealed to SENDER; erased when the state is final
    Column("body_context", String(128)),  # null: an Outbound of ours; else a text sealed for it
    Column("inbound_token", String(32)),  # the message that this answers
    Column("n", Integer, nullable=False, default=0),  # the how-manieth answer to it
    Column("entry_id", String(32)),  # the case entry that it carries; erased with the body
    Column("made_at", Instant, nullable=False),
    Column("submitted_at", Instant),
    Column("moved_at", Instant, nullable=False),
    UniqueConstraint("inbound_token", "n"),
    Index("ix_outbox_due", "channel", "state", "priority", "not_before"),
    Index("ix_outbox_line", "route_id", "state"),
    Index("ix_outbox_provider_id", "provider_id"),
    Index("ix_outbox_stopped", "stopped"),
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
    CLAIMED = "claimed"  # a sender has it; not sent
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
    State.PLANNED: frozenset({State.CLAIMED, State.EXPIRED, State.CANCELLED}) | _BY_RECEIPT,
    State.CLAIMED: frozenset({State.PLANNED, State.SUBMITTING, State.FAILED, State.CANCELLED})
    | _BY_RECEIPT,
    State.SUBMITTING: frozenset({State.PLANNED, State.UNKNOWN, State.FAILED}) | _BY_RECEIPT,
    State.UNKNOWN: frozenset({State.PLANNED, State.FAILED}) | _BY_RECEIPT,
    # The phone was away: try once more, while it is worth it.
    State.ACCEPTED: frozenset({State.PLANNED, State.DELIVERED, State.UNDELIVERED}),
    State.FAILED: frozenset(),
    State.DELIVERED: frozenset(),
    State.UNDELIVERED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}

#: Nothing follows, so the words are erased.
FINAL = frozenset(state for state, after in TRANSITIONS.items() if not after)

#: What holds back later messages to the same contact. A doubtful message has left for all we
#: know, and does not.
OPEN = frozenset({State.PLANNED, State.CLAIMED, State.SUBMITTING})

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

    *only*: from these states and no other. Returns the ids of the rows that moved; their words
    are erased when *to* is final.
    """
    allowed = origins(to) if only is None else origins(to) & frozenset(only)
    erased = ERASED if to in FINAL else {}
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
