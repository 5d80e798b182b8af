"""Through whose hands a case went: who has decided on it, and from whom it was taken.

One row for a case, a member and a part. An appeal asks here who may not sit on it; whoever gives
the case to somebody asks here who has had it before.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ColumnElement, Exists, ForeignKey, String, Table, exists, select

from grievances.states import State
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new

hands = Table(
    "hands",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.id"), primary_key=True),
    Column("member_id", String(32), primary_key=True, index=True),
    Column("part", String(16), primary_key=True),
    Column("at", Instant, nullable=False),  # the first time
)


class Part(StrEnum):
    """What somebody did in a case. Each of them is to decide on it."""

    TRIAGED = "triaged"
    REDIRECTED = "redirected"
    HANDLED = "handled"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    MERGED = "merged"  # said that it is a duplicate
    PARTED = "parted"  # it was taken from them: another handler is to look at it


#: What a member of staff decides by moving a case to a state. The other moves note what
#: somebody else said, or are made by the handler.
DECIDES: Mapping[State, Part] = {
    State.TRIAGED: Part.TRIAGED,
    State.REDIRECTED: Part.REDIRECTED,
    State.PROPOSED: Part.PROPOSED,
    State.RESOLVED: Part.CONFIRMED,
    State.CLOSED: Part.CLOSED,
    State.DUPLICATE: Part.MERGED,
}


async def record(db: Transaction, case_id: str, parts: Mapping[str, Part], now: datetime) -> None:
    """Keep who had which part (by member's id) in a case; the first time counts."""
    rows = [
        {"case_id": case_id, "member_id": member_id, "part": part, "at": now}
        for member_id, part in parts.items()
    ]
    if rows:
        await db.execute(insert_new(db, hands), rows)


def decided(member_id: str | ColumnElement[str], case_id: ColumnElement[str]) -> Exists:
    """Return the condition that *member_id* has decided on the case *case_id* in any way."""
    return exists().where(hands.c.case_id == case_id, hands.c.member_id == member_id)


def parted(member_id: str | ColumnElement[str], case_id: ColumnElement[str]) -> Exists:
    """Return the condition that the case was taken from *member_id*, for another handler."""
    return exists().where(
        hands.c.case_id == case_id,
        hands.c.member_id == member_id,
        hands.c.part == Part.PARTED,
    )


async def deciders(db: Reads, case_id: str) -> Collection[str]:
    """Return the ids of all who decided on a case."""
    found = select(hands.c.member_id).where(hands.c.case_id == case_id).distinct()
    return frozenset((await db.execute(found)).scalars())
