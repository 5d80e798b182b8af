"""What the clocks have called out: each warning and each due date that passed, once and for good.

The report is made from here: a case may be reopened and its clocks started again; that a bell
rang stays.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    insert,
    select,
)

from grievances.deadlines import Step
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

bells = Table(
    "bells",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.id"), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("due_at", Instant, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("level", Integer, nullable=False),  # where the case stood after it
    Column("legal", Boolean, nullable=False),  # a limit that the law sets was passed
)

#: A limit that the law sets was passed.
LEGAL = bells.c.legal.is_(True)
Index("ix_bells_legal", bells.c.due_at, sqlite_where=LEGAL, postgresql_where=LEGAL)


class Kind(StrEnum):
    """What was called out."""

    WARNING = "warning"  # four fifths of the term are over
    PASSED = "passed"  # the due date has passed, or a further term after it


@dataclass(frozen=True, slots=True)
class Bell:
    """One call. *due_at* is the end of the term that it is about."""

    case_id: str
    step: Step
    kind: Kind
    due_at: datetime
    at: datetime
    level: int
    legal: bool = False


async def ring(db: Transaction, calls: Sequence[Bell]) -> Sequence[Bell]:
    """Keep what has not been called out before, and return it. The caller holds the cases."""
    known = {_key(bell) for bell in await _of_cases(db, {bell.case_id for bell in calls})}
    fresh = [bell for bell in calls if _key(bell) not in known]
    if fresh:
        await db.execute(insert(bells), [asdict(bell) for bell in fresh])
    return fresh


async def of_case(db: Reads, case_id: str) -> Sequence[Bell]:
    """Return what was called out about a case, oldest first."""
    return await _of_cases(db, {case_id})


async def _of_cases(db: Reads, case_ids: Collection[str]) -> Sequence[Bell]:
    theirs = select(bells).where(bells.c.case_id.in_(case_ids))
    order = (bells.c.at, bells.c.due_at, bells.c.step, bells.c.kind)
    found = await db.execute(theirs.order_by(*order))
    return [_bell(row) for row in found]


def _bell(row: Any) -> Bell:
    return Bell(**{**row._asdict(), "step": Step(row.step), "kind": Kind(row.kind)})


def _key(bell: Bell) -> tuple[str, Step, Kind, datetime]:
    return bell.case_id, bell.step, bell.kind, bell.due_at
