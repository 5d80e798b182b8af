"""What a remedy consists of: actions, each with somebody who does it and a day.

Rows and what they say; what members do to them is in ``remedies``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    and_,
    select,
    update,
)

from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault.seals import CannotOpen, unseal

actions = Table(
    "actions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("what", Sealed, nullable=False),
    Column("due", Date, nullable=False),  # by the end of this day of the forum's
    # One of these three says who does it.
    Column("owner_id", String(32), ForeignKey("members.id"), index=True),
    Column("body_id", String(32), ForeignKey("bodies.id")),
    Column("owner", Sealed),  # somebody who is neither a member nor a body of the forum
    Column("done_at", Instant),
    Column("done_by", String(32)),
    Column("evidence", Sealed),
    Column("attachment_id", String(32)),  # of the case
    Column("cancelled_at", Instant),
    Column("cancelled_by", String(32)),
    Column("reason", Sealed),
    Column("confirmed_at", Instant),  # with all others of its remedy, by somebody else
)

#: Not done and not cancelled.
IS_OPEN = actions.c.done_at.is_(None) & actions.c.cancelled_at.is_(None)
Index("ix_actions_open", actions.c.due, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)


@dataclass(frozen=True, slots=True, repr=False)
class Action:
    """An action as it lies in the table, its words closed."""

    id: str
    case_id: str
    made_at: datetime
    what: bytes
    due: date
    owner_id: str | None
    body_id: str | None
    owner: bytes | None
    done_at: datetime | None
    done_by: str | None
    evidence: bytes | None
    attachment_id: str | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    reason: bytes | None
    confirmed_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.done_at is None and self.cancelled_at is None

    def late(self, today: date) -> bool:
        """Whether its day is over; *today* is by the forum's calendar."""
        return self.open and self.due < today

    def words(self, column: str, private: bytes) -> str | None:
        """Open *column* with the case's private key; None: nothing is there, or it is damaged."""
        sealed = getattr(self, column)
        try:
            return unseal(private, sealed, context=context(column, self.id)).decode()
        except (CannotOpen, TypeError):
            return None


SHOWN = tuple(actions.c[name] for name in Action.__dataclass_fields__)


def context(column: str, action_id: str) -> str:
    """Return what binds a sealed column to its row."""
    return f"actions.{column}|{action_id}"


async def of_case(db: Reads, case_id: str) -> Sequence[Action]:
    """Return the actions of a case, the nearest day first."""
    found = await db.execute(
        select(*SHOWN)
        .where(actions.c.case_id == case_id)
        .order_by(actions.c.due, actions.c.made_at, actions.c.id)
    )
    return [action(row) for row in found]


async def pending(db: Reads, case_id: str) -> bool:
    """Whether an action of a case is still to be done."""
    return await _any(db, actions.c.case_id == case_id, IS_OPEN)


async def marked_by(db: Reads, case_id: str, member_id: str) -> bool:
    """Whether this member marked an action done that nobody has confirmed yet."""
    theirs = and_(actions.c.done_by == member_id, actions.c.confirmed_at.is_(None))
    return await _any(db, actions.c.case_id == case_id, theirs)


async def confirm_all(db: Transaction, case_id: str, now: datetime) -> None:
    """Note that what was done in a case is confirmed; a later remedy has actions of its own."""
    these = (actions.c.case_id == case_id) & actions.c.confirmed_at.is_(None)
    await db.execute(update(actions).where(these).values(confirmed_at=now))


async def _any(db: Reads, *which: ColumnElement[bool]) -> bool:
    found = await db.execute(select(actions.c.id).where(*which).limit(1))
    return found.scalar() is not None


def action(row: Any) -> Action:
    """Return one of ``SHOWN``'s rows."""
    return Action(**row._asdict())
