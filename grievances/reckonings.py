"""Why a due date is not the one that was first told: each move of one, kept for good."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import Column, ForeignKey, String, Table, insert, select

from grievances.deadlines import Deadline, Step
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

reckonings = Table(
    "reckonings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("step", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("why", String(16), nullable=False),
    Column("before", Instant, nullable=False),
    Column("after", Instant, nullable=False),
)


class Why(StrEnum):
    """What moved a due date."""

    CALENDAR = "calendar"  # the forum's calendar was changed
    PAUSE = "pause"  # the case waited for its reporter
    EXTENSION = "extension"  # feedback takes longer, and the reporter was told why


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One due date that moved."""

    case_id: str
    step: Step
    at: datetime
    why: Why
    before: datetime
    after: datetime


async def record(
    db: Transaction, before: Sequence[Deadline], after: Sequence[Deadline], why: Why, now: datetime
) -> None:
    """Keep which of the due dates *before* are others in *after*, which has the same order."""
    rows = [
        {"id": uuid4().hex, **asdict(_moved(old, new, why, now))}
        for old, new in zip(before, after, strict=True)
        if old.due_at != new.due_at
    ]
    if rows:
        await db.execute(insert(reckonings), rows)


async def of_case(db: Reads, case_id: str) -> Sequence[Reckoning]:
    """Return how the due dates of a case moved, oldest first."""
    found = await db.execute(
        select(*(reckonings.c[name] for name in Reckoning.__dataclass_fields__))
        .where(reckonings.c.case_id == case_id)
        .order_by(reckonings.c.at, reckonings.c.step)
    )
    return [
        Reckoning(**{**row._asdict(), "step": Step(row.step), "why": Why(row.why)})
        for row in found
    ]


def _moved(old: Deadline, new: Deadline, why: Why, now: datetime) -> Reckoning:
    return Reckoning(old.case_id, old.step, now, why, old.due_at, new.due_at)
