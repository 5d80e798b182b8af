"""What must have happened to a case by when. A due date only ever moves nearer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    func,
    select,
    tuple_,
    update,
)

from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.severity import Severity
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import Insert, insert

deadlines = Table(
    "deadlines",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.id"), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("warn_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("met_at", Instant),
    Column("warned_at", Instant),
    Column("overdue_at", Instant),
)
_WAITING = deadlines.c.met_at.is_(None)
Index(
    "ix_deadlines_waiting",
    deadlines.c.warn_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)


class Step(StrEnum):
    """What is waited for."""

    ACKNOWLEDGE = "acknowledge"  # a person has written to the reporter
    TRIAGE = "triage"
    INVESTIGATE = "investigate"
    FEEDBACK = "feedback"  # the reporter has heard something of substance


@dataclass(frozen=True, slots=True)
class Term:
    """How long a step may take: by the wall clock, or by the forum's working days."""

    wall: timedelta | None = None
    working_days: int = 0

    def due(self, start: datetime, calendar: Calendar, *, limit: timedelta) -> datetime:
        """Return when it is due; *limit* by the wall clock holds whatever the calendar says."""
        if self.wall is not None:
            return start + self.wall
        return min(calendar.add_days(start, self.working_days), start + limit)


def _hours(n: int) -> Term:
    return Term(wall=timedelta(hours=n))


def _days(n: int) -> Term:
    return Term(wall=timedelta(days=n))


def _working(n: int) -> Term:
    return Term(working_days=n)


def _terms(*four: Term) -> Mapping[Severity, Term]:
    return dict(zip(Severity, four, strict=True))


#: Investigation: Anglo American Social Way 3B.1. Feedback: CPGRAMS.
POLICY: Mapping[Step, Mapping[Severity, Term]] = {
    Step.ACKNOWLEDGE: _terms(_hours(2), _hours(24), _working(2), _working(5)),
    Step.TRIAGE: _terms(_hours(4), _hours(24), _working(3), _working(5)),
    Step.INVESTIGATE: _terms(_days(1), _days(2), _days(10), _days(15)),
    Step.FEEDBACK: _terms(_days(3), _days(14), _days(21), _days(21)),
}

#: However many holidays there are, a working-day term ends by then (EU 2019/1937, article 9).
LIMIT = timedelta(days=7)

#: The share of a term after which the handler is warned.
WARN_AFTER = 0.8


@dataclass(frozen=True, slots=True)
class Deadline:
    """One step of one case; *met_at* None: it still waits."""

    case_id: str
    step: Step
    warn_at: datetime
    due_at: datetime
    met_at: datetime | None = None


def reckon(
    case_id: str, step: Step, severity: Severity, start: datetime, calendar: Calendar
) -> Deadline:
    """Return the deadline of a step that starts at *start*."""
    due = POLICY[step][severity].due(start, calendar, limit=LIMIT)
    return Deadline(case_id, step, start + (due - start) * WARN_AFTER, due)


async def plan(
    db: Transaction,
    case_id: str,
    severity: Severity,
    now: datetime,
    *,
    calendar: Calendar = PLAIN_WEEK,
    steps: Iterable[Step] = Step,
) -> None:
    """Start the clocks of *steps* at *now*, anew where they have run before."""
    rows = [_row(reckon(case_id, step, severity, now, calendar), now) for step in steps]
    await db.execute(_restarted(insert(db, deadlines)), rows)


_CLOCK = ("started_at", "warn_at", "due_at", "met_at", "warned_at", "overdue_at")


@cache
def _restarted(statement: Insert) -> Insert:
    fresh = {name: statement.excluded[name] for name in _CLOCK}
    return statement.on_conflict_do_update(index_elements=["case_id", "step"], set_=fresh)


def _row(deadline: Deadline, start: datetime) -> dict[str, Any]:
    return {
        "case_id": deadline.case_id,
        "step": deadline.step,
        "started_at": start,
        "warn_at": deadline.warn_at,
        "due_at": deadline.due_at,
        "met_at": None,
        "warned_at": None,
        "overdue_at": None,
    }


async def replan(
    db: Transaction, case_id: str, severity: Severity, *, calendar: Calendar = PLAIN_WEEK
) -> None:
    """Judge the clocks that still run by *severity*; none is ever given more time.

    The caller holds the case's row.
    """
    found = (await db.execute(_RUNNING, {"its_case": case_id})).all()
    reckoned = [
        reckon(case_id, Step(row.step), severity, row.started_at, calendar) for row in found
    ]
    if reckoned:
        await db.execute(_NEARER, [_nearer(deadline) for deadline in reckoned])


_ITS_CASE = deadlines.c.case_id == bindparam("its_case")
_RUNNING = select(deadlines.c.step, deadlines.c.started_at).where(_WAITING, _ITS_CASE)
_NEARER = (
    update(deadlines)
    .where(
        _ITS_CASE,
        deadlines.c.step == bindparam("its_step"),
        _WAITING,
        deadlines.c.due_at > bindparam("due", type_=Instant),
    )
    .values(
        due_at=bindparam("due", type_=Instant),
        warn_at=bindparam("warn", type_=Instant),
        warned_at=None,
    )
)


def _nearer(deadline: Deadline) -> dict[str, Any]:
    return {
        "its_case": deadline.case_id,
        "its_step": deadline.step,
        "due": deadline.due_at,
        "warn": deadline.warn_at,
    }


async def meet(db: Transaction, case_id: str, steps: Iterable[Step], now: datetime) -> None:
    """Note that *steps* have been taken; the first time counts."""
    await db.execute(
        update(deadlines)
        .where(_WAITING, deadlines.c.case_id == case_id, deadlines.c.step.in_(list(steps)))
        .values(met_at=now)
    )


async def of_case(db: Reads, case_id: str) -> Sequence[Deadline]:
    """Return the deadlines of a case, the nearest first."""
    found = await db.execute(
        select(*_SHOWN).where(deadlines.c.case_id == case_id).order_by(deadlines.c.due_at)
    )
    return [_deadline(row) for row in found]


async def claim_warnings(db: Transaction, now: datetime) -> Sequence[Deadline]:
    """Return the deadlines of which 80 % of the term is over, each once."""
    near = deadlines.c.warned_at.is_(None) & (deadlines.c.warn_at <= now)
    return await _claim(db, near, {"warned_at": now})


async def claim_overdue(db: Transaction, now: datetime) -> Sequence[Deadline]:
    """Return the deadlines that have passed unmet, each once."""
    passed = deadlines.c.overdue_at.is_(None) & (deadlines.c.due_at <= now)
    return await _claim(db, passed, {"overdue_at": now})


async def _claim(
    db: Transaction, which: ColumnElement[bool], mark: Mapping[str, datetime]
) -> Sequence[Deadline]:
    due = (
        select(deadlines.c.case_id, deadlines.c.step)
        .where(_WAITING, which)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    key = tuple_(deadlines.c.case_id, deadlines.c.step)
    claimed = await db.execute(
        update(deadlines)
        .where(key.in_(select(due.c.case_id, due.c.step)), _WAITING, which)
        .values(mark)
        .returning(*_SHOWN)
    )
    return [_deadline(row) for row in claimed]


async def overdue(db: Reads, now: datetime) -> int:
    """Return how many cases have a deadline that has passed."""
    found = await db.execute(
        select(func.count(func.distinct(deadlines.c.case_id))).where(
            _WAITING, deadlines.c.due_at <= now
        )
    )
    return found.scalar_one()


_SHOWN = (
    deadlines.c.case_id,
    deadlines.c.step,
    deadlines.c.warn_at,
    deadlines.c.due_at,
    deadlines.c.met_at,
)


def _deadline(row: Any) -> Deadline:
    return Deadline(row.case_id, Step(row.step), row.warn_at, row.due_at, row.met_at)
