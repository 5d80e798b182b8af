"""What must have happened to a case by when: a clock for each step, and one for the whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    column,
    func,
    literal,
    select,
    table,
    update,
)

from grievances.calendars import PLAIN_WEEK, Calendar, add_months
from grievances.severity import Severity
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import Insert, insert

deadlines = Table(
    "deadlines",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.id"), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("severity", String(2), nullable=False),  # by which it was reckoned
    Column("edition", Integer),  # of the calendar by which it was; None: by the wall clock
    Column("started_at", Instant, nullable=False),
    Column("warn_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("escalates_at", Instant),  # the end of this term; None: nobody is left to tell
    Column("met_at", Instant),
    Column("warned_at", Instant),
    Column("overdue_at", Instant),
    Column("paused_at", Instant),  # the clock stands still since then
    Column("paused_for", Integer, nullable=False, default=0),  # seconds of working time
    Column("extended_at", Instant),
)
RUNS = deadlines.c.met_at.is_(None)
PRESSES = RUNS & deadlines.c.paused_at.is_(None)
Index("ix_deadlines_waiting", deadlines.c.warn_at, sqlite_where=RUNS, postgresql_where=RUNS)
_ESCALATES = RUNS & deadlines.c.escalates_at.is_not(None)
Index(
    "ix_deadlines_escalates",
    deadlines.c.escalates_at,
    sqlite_where=_ESCALATES,
    postgresql_where=_ESCALATES,
)
_BY_CALENDAR = RUNS & deadlines.c.edition.is_not(None)
Index(
    "ix_deadlines_edition",
    deadlines.c.edition,
    sqlite_where=_BY_CALENDAR,
    postgresql_where=_BY_CALENDAR,
)


class Step(StrEnum):
    """What is waited for."""

    ACKNOWLEDGE = "acknowledge"  # a person has written to the reporter
    TRIAGE = "triage"
    INVESTIGATE = "investigate"
    FEEDBACK = "feedback"  # the reporter has heard something of substance
    TOTAL = "total"  # the same, by the clock that never starts again
    APPEAL = "appeal"  # the panel has decided; runs from when it was asked


#: What is waited for in every case.
FROM_THE_START = tuple(step for step in Step if step is not Step.APPEAL)


#: When something is due in a case of which no clock runs: after all that has a due date.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Term:
    """How long a step may take: by the wall clock, in months, or in the forum's working days."""

    wall: timedelta | None = None
    working_days: int = 0
    months: int = 0

    def due(self, start: datetime, calendar: Calendar, *, limit: timedelta) -> datetime:
        """Return when it is due; *limit* by the wall clock holds whatever the calendar says."""
        if self.wall is not None:
            return start + self.wall
        if self.months:
            return add_months(start, self.months)
        return min(calendar.add_days(start, self.working_days), start + limit)


def _hours(n: int) -> Term:
    return Term(wall=timedelta(hours=n))


def _days(n: int) -> Term:
    return Term(wall=timedelta(days=n))


def _working(n: int) -> Term:
    return Term(working_days=n)


def _terms(*four: Term) -> Mapping[Severity, Term]:
    return dict(zip(Severity, four, strict=True))


#: Investigation: Anglo American Social Way 3B.1. Feedback: CPGRAMS. Total: EU 2019/1937,
#: article 9. Appeal: the forum's own rules.
POLICY: Mapping[Step, Mapping[Severity, Term]] = {
    Step.ACKNOWLEDGE: _terms(_hours(2), _hours(24), _working(2), _working(5)),
    Step.TRIAGE: _terms(_hours(4), _hours(24), _working(3), _working(5)),
    Step.INVESTIGATE: _terms(_days(1), _days(2), _days(10), _days(15)),
    Step.FEEDBACK: _terms(_days(3), _days(14), _days(21), _days(21)),
    Step.TOTAL: dict.fromkeys(Severity, Term(months=3)),
    Step.APPEAL: _terms(_days(7), _days(14), _days(30), _days(30)),
}

#: However many holidays there are, a working-day term ends by then (EU 2019/1937, article 9).
LIMIT = timedelta(days=7)

#: How far feedback may be put off in all, for a reason that the reporter is told (the same).
EXTENDED_MONTHS = 6

#: The share of a term after which the handler is warned.
WARN_AFTER = 0.8

#: Whose clocks stand still while the case waits for its reporter; a graver matter never waits.
PAUSED = frozenset({Severity.S3, Severity.S4})


@dataclass(frozen=True, slots=True)
class Deadline:
    """One step of one case; *met_at* None: it still waits."""

    case_id: str
    step: Step
    severity: Severity
    edition: int | None
    started_at: datetime
    warn_at: datetime
    due_at: datetime
    met_at: datetime | None = None
    paused_at: datetime | None = None
    paused_for: int = 0
    extended_at: datetime | None = None
    warned_at: datetime | None = None
    overdue_at: datetime | None = None
    escalates_at: datetime | None = None


def reckon(
    case_id: str, step: Step, severity: Severity, start: datetime, calendar: Calendar
) -> Deadline:
    """Return the deadline of a step that starts at *start*."""
    term = POLICY[step][severity]
    due = term.due(start, calendar, limit=LIMIT)
    edition = calendar.edition if term.working_days else None
    return Deadline(case_id, step, severity, edition, start, warning(start, due), due)


def warning(start: datetime, due: datetime) -> datetime:
    """Return when to warn of a term."""
    return start + (due - start) * WARN_AFTER


def credited(deadline: Deadline, seconds: int, calendar: Calendar) -> datetime:
    """Return a due date moved by so many *seconds* of working time that a pause took.

    A term in working days still ends within ``LIMIT``.
    """
    if not seconds:
        return deadline.due_at
    moved = calendar.add_time(deadline.due_at, timedelta(seconds=seconds))
    by_calendar = POLICY[deadline.step][deadline.severity].working_days
    return min(moved, deadline.started_at + LIMIT) if by_calendar else moved


async def plan(
    db: Transaction,
    case_id: str,
    severity: Severity,
    now: datetime,
    *,
    calendar: Calendar = PLAIN_WEEK,
    steps: Iterable[Step] = FROM_THE_START,
) -> None:
    """Start the clocks of *steps* at *now*, anew where they have run before; but never TOTAL's."""
    rows = [_row(reckon(case_id, step, severity, now, calendar)) for step in steps]
    await db.execute(_restarted(insert(db, deadlines)), rows)
    await note_nearest(db, [case_id])


async def start_again(
    db: Transaction,
    case_id: str,
    severity: Severity,
    now: datetime,
    *,
    calendar: Calendar = PLAIN_WEEK,
    steps: Iterable[Step],
) -> None:
    """Start the clocks of those *steps* again that were met; one that runs stays as it is."""
    running = {each.step for each in await of_case(db, case_id) if each.met_at is None}
    again = [step for step in steps if step not in running]
    if again:
        await plan(db, case_id, severity, now, calendar=calendar, steps=again)


_CLOCK = tuple(column.name for column in deadlines.c if not column.primary_key)


@cache
def _restarted(statement: Insert) -> Insert:
    fresh = {name: statement.excluded[name] for name in _CLOCK}
    return statement.on_conflict_do_update(
        index_elements=["case_id", "step"], set_=fresh, where=deadlines.c.step != Step.TOTAL
    )


def _row(deadline: Deadline) -> dict[str, Any]:
    row = {name: getattr(deadline, name) for name in ("case_id", "step", *_CLOCK)}
    return {**row, "escalates_at": deadline.due_at}


async def replan(
    db: Transaction, case_id: str, severity: Severity, *, calendar: Calendar = PLAIN_WEEK
) -> None:
    """Judge by *severity* the clocks that ran by a milder one; none is ever given more time.

    The caller holds the case's row.
    """
    running = [_deadline(row) for row in await db.execute(_RUNNING, {"its_case": case_id})]
    milder = [each for each in running if severity.graver_than(each.severity)]
    if milder:
        await db.execute(_NEARER, [_nearer(each, severity, calendar) for each in milder])
        await note_nearest(db, [case_id])


_ITS_CASE = deadlines.c.case_id == bindparam("its_case")
_SHOWN = tuple(deadlines.c[name] for name in Deadline.__dataclass_fields__)
_RUNNING = select(*_SHOWN).where(RUNS, _ITS_CASE, deadlines.c.overdue_at.is_(None))
_NEARER = (
    update(deadlines)
    .where(
        _ITS_CASE,
        deadlines.c.step == bindparam("its_step"),
        RUNS,
        deadlines.c.due_at > bindparam("due", type_=Instant),
    )
    .values(
        severity=bindparam("judged"),
        edition=bindparam("of_edition"),
        due_at=bindparam("due", type_=Instant),
        warn_at=bindparam("warn", type_=Instant),
        escalates_at=bindparam("due", type_=Instant),
        paused_at=bindparam("paused", type_=Instant),
        warned_at=None,
    )
)


def _nearer(running: Deadline, severity: Severity, calendar: Calendar) -> dict[str, Any]:
    fresh = reckon(running.case_id, running.step, severity, running.started_at, calendar)
    pauses = severity in PAUSED
    due = credited(fresh, running.paused_for if pauses else 0, calendar)
    return {
        "its_case": running.case_id,
        "its_step": running.step,
        "judged": severity,
        "of_edition": fresh.edition,
        "due": due,
        "warn": warning(running.started_at, due),
        "paused": running.paused_at if pauses else None,
    }


async def meet(db: Transaction, case_id: str, steps: Iterable[Step], now: datetime) -> None:
    """Note that *steps* have been taken; the first time counts."""
    met = await db.execute(
        update(deadlines)
        .where(RUNS, deadlines.c.case_id == case_id, deadlines.c.step.in_(list(steps)))
        .values(met_at=now)
    )
    if met.rowcount:
        await note_nearest(db, [case_id])


async def run_on(db: Transaction, case_id: str, met_at: datetime) -> None:
    """Let run on what *met_at* had ended, by the due dates that it had; what was met before is."""
    await db.execute(
        update(deadlines)
        .where(deadlines.c.case_id == case_id, deadlines.c.met_at == met_at)
        .values(met_at=None)
    )
    await note_nearest(db, [case_id])


async def of_case(db: Reads, case_id: str) -> Sequence[Deadline]:
    """Return the deadlines of a case, the nearest first."""
    return await of_cases(db, [case_id])


async def of_cases(db: Reads, case_ids: Sequence[str]) -> Sequence[Deadline]:
    """Return the deadlines of several cases, the nearest first."""
    found = await db.execute(
        select(*_SHOWN).where(deadlines.c.case_id.in_(case_ids)).order_by(deadlines.c.due_at)
    )
    return [_deadline(row) for row in found]


_ITS_STEP = _ITS_CASE & (deadlines.c.step == bindparam("its_step"))
_MOVING = (
    "edition",
    "warn_at",
    "due_at",
    "escalates_at",
    "warned_at",
    "overdue_at",
    "paused_at",
    "paused_for",
    "extended_at",
)
_MOVED = (
    update(deadlines)
    .where(_ITS_STEP, RUNS)
    .values({name: bindparam(f"new_{name}", type_=deadlines.c[name].type) for name in _MOVING})
)


async def rewrite(db: Transaction, changed: Sequence[Deadline], now: datetime) -> None:
    """Write due dates that moved, with their warnings; the caller holds the cases' rows.

    Who was warned of a term is warned again only if that is now to come.
    """
    if not changed:
        return
    await db.execute(_MOVED, [_moved(each, now) for each in changed])
    await note_nearest(db, sorted({each.case_id for each in changed}))


def _moved(deadline: Deadline, now: datetime) -> dict[str, Any]:
    warn = warning(deadline.started_at, deadline.due_at)
    values = {
        **{name: getattr(deadline, name) for name in _MOVING},
        "warn_at": warn,
        "warned_at": deadline.warned_at if warn <= now else None,
    }
    new = {f"new_{name}": value for name, value in values.items()}
    return {"its_case": deadline.case_id, "its_step": deadline.step, **new}


#: What is kept of the nearest clock beside a case. Its table stands in a module above this one.
_CASES = table("cases", column("id"), column("next_step"), column("next_due", Instant))
_FIRST = (
    select(deadlines.c.step, deadlines.c.due_at)
    .where(PRESSES, _ITS_CASE)
    .order_by(deadlines.c.due_at, deadlines.c.step)
    .limit(1)
)
_NOTED = (
    update(_CASES)
    .where(_CASES.c.id == bindparam("its_case"))
    .values(
        next_step=_FIRST.with_only_columns(deadlines.c.step).scalar_subquery(),
        next_due=func.coalesce(
            _FIRST.with_only_columns(deadlines.c.due_at).scalar_subquery(),
            literal(NEVER, Instant),
        ),
    )
)


async def note_nearest(db: Transaction, case_ids: Sequence[str]) -> None:
    """Keep beside each case which of its clocks ends first, so that the queue is an index.

    Whoever writes to ``deadlines`` calls it in the same transaction; the caller holds the cases.
    """
    if len(case_ids) == 1:
        await db.execute(_NOTED, {"its_case": case_ids[0]})
    elif case_ids:
        await db.execute(_NOTED, [{"its_case": case_id} for case_id in case_ids])


async def overdue(db: Reads, now: datetime) -> int:
    """Return how many cases have a deadline that has passed."""
    found = await db.execute(
        select(func.count(func.distinct(deadlines.c.case_id))).where(
            RUNS, deadlines.c.paused_at.is_(None), deadlines.c.due_at <= now
        )
    )
    return found.scalar_one()


def _deadline(row: Any) -> Deadline:
    judged = {"step": Step(row.step), "severity": Severity(row.severity)}
    return Deadline(**{**row._asdict(), **judged})
