"""What the clocks ask for now: warnings, and escalations. Whoever claims a row does it, once.

A tick takes the cases in chunks. It holds each case before it touches its clocks, as everybody
does who moves a case, so that no two wait for each other; a case that somebody else holds is
left for the next tick.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select, true, update

from forum import audit
from forum.audit import Line
from grievances import bells, deadlines, escalation
from grievances.bells import Bell, Kind
from grievances.calendars import Calendar
from grievances.case import cases
from grievances.deadlines import LIMIT, POLICY, RUNS, Deadline, Step
from grievances.entries import SYSTEM
from grievances.escalation import TOP
from storage.base import Instant
from storage.unit_of_work import Transaction

#: Cases in one transaction: a reply that comes meanwhile waits for some hundredths of a second.
CHUNK = 100

EVERY: Final = true()


class Round(NamedTuple):
    """What one chunk came to: how many cases it had (0: nothing is left), and what rang."""

    cases: int
    rang: Sequence[Bell]


async def warn(
    db: Transaction, now: datetime, *, among: ColumnElement[bool] = EVERY, limit: int = CHUNK
) -> Round:
    """Warn of the deadlines of which 80 % of the term is over; of one due date once.

    *among*: which cases may be taken.
    """
    c = deadlines.deadlines.c
    near = _running(c.warned_at.is_(None) & (c.warn_at <= now))
    levels = await _hold(db, near, among, limit)
    if not levels:
        return Round(0, [])
    claimed = await db.execute(
        update(deadlines.deadlines)
        .where(c.case_id.in_(list(levels)), near)
        .values(warned_at=now)
        .returning(c.case_id, c.step, c.due_at)
    )
    calls = [
        Bell(row.case_id, Step(row.step), Kind.WARNING, row.due_at, now, levels[row.case_id])
        for row in claimed
    ]
    return Round(len(levels), await bells.ring(db, calls))


async def escalate(
    db: Transaction,
    calendar: Calendar,
    now: datetime,
    *,
    among: ColumnElement[bool] = EVERY,
    limit: int = CHUNK,
) -> Round:
    """Raise by a level each case of which a due date, or a further term, has passed unmet.

    *among*: which cases may be taken. Whoever is kept out of a case answers for no level of it; a
    level with nobody is passed over.
    """
    c = deadlines.deadlines.c
    passed = _running(c.escalates_at <= now)
    levels = await _hold(db, passed, among, limit)
    if not levels:
        return Round(0, [])
    due = [each for each in await deadlines.of_cases(db, list(levels)) if _passed(each, now)]
    able = await escalation.able(db, list(levels))
    reached = dict(levels)
    calls, marks = [], []
    for deadline in sorted(due, key=_order):
        reached[deadline.case_id] = level = escalation.above(
            reached[deadline.case_id], able.get(deadline.case_id, ())
        )
        calls.append(_call(deadline, level, now))
        marks.append(_mark(deadline, level, now, calendar))
    if marks:
        await db.execute(_PASSED, marks)
    rang = await bells.ring(db, calls)
    await _raise(db, levels, reached)
    await audit.record_all(db, [_line(bell) for bell in rang])
    return Round(len(levels), rang)


async def _hold(
    db: Transaction, which: ColumnElement[bool], among: ColumnElement[bool], limit: int
) -> dict[str, int]:
    """Take hold of some cases that have such a clock; return their levels."""
    asking = select(deadlines.deadlines.c.case_id).where(which)
    found = await db.execute(
        select(cases.c.id, cases.c.level)
        .where(cases.c.id.in_(asking), among)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return {row.id: row.level for row in found}


def _running(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return RUNS & deadlines.deadlines.c.paused_at.is_(None) & which


def _passed(deadline: Deadline, now: datetime) -> bool:
    runs = deadline.met_at is None and deadline.paused_at is None
    return runs and deadline.escalates_at is not None and deadline.escalates_at <= now


def _term_end(deadline: Deadline) -> datetime:
    return deadline.escalates_at or deadline.due_at


def _order(deadline: Deadline) -> tuple[datetime, Step]:
    return _term_end(deadline), deadline.step


def _call(deadline: Deadline, level: int, now: datetime) -> Bell:
    end = _term_end(deadline)
    return Bell(
        deadline.case_id, deadline.step, Kind.PASSED, end, now, level, _legal(deadline, end)
    )


def _legal(deadline: Deadline, end: datetime) -> bool:
    """Whether the term that ends at *end* is one that the law sets."""
    if deadline.step is Step.ACKNOWLEDGE:
        return end == deadline.started_at + LIMIT
    return deadline.step is Step.TOTAL and end == deadline.due_at


def _mark(deadline: Deadline, level: int, now: datetime, calendar: Calendar) -> dict[str, Any]:
    return {
        "its_case": deadline.case_id,
        "its_step": deadline.step,
        "now": now,
        "next": _next(deadline, level, now, calendar),
    }


def _next(deadline: Deadline, level: int, now: datetime, calendar: Calendar) -> datetime | None:
    """Return when the next term ends: whoever the case has come to gets one, from now on.

    The seven days of the law are called out however high the case has come.
    """
    term = POLICY[deadline.step][deadline.severity]
    further = term.due(now, calendar, limit=LIMIT) if level < TOP else None
    seventh = deadline.started_at + LIMIT
    if deadline.step is Step.ACKNOWLEDGE and _term_end(deadline) < seventh:
        return min(further, seventh) if further else seventh
    return further


_PASSED = (
    update(deadlines.deadlines)
    .where(
        deadlines.deadlines.c.case_id == bindparam("its_case"),
        deadlines.deadlines.c.step == bindparam("its_step"),
    )
    .values(
        overdue_at=func.coalesce(
            deadlines.deadlines.c.overdue_at, bindparam("now", type_=Instant)
        ),
        escalates_at=bindparam("next", type_=Instant),
    )
)
_RAISED = update(cases).where(cases.c.id == bindparam("its_id")).values(level=bindparam("reached"))


async def _raise(db: Transaction, before: Mapping[str, int], after: Mapping[str, int]) -> None:
    raised = [
        {"its_id": case_id, "reached": level}
        for case_id, level in after.items()
        if level != before[case_id]
    ]
    if raised:
        await db.execute(_RAISED, raised)


def _line(bell: Bell) -> Line:
    return Line(SYSTEM, f"case.escalated.{bell.level}", bell.case_id, bell.at)
