"""A calendar that was changed moves what runs by it, in chunks, whenever somebody takes the next.

Which clocks are left is seen from the edition of the calendar that each was reckoned by. So it
goes on where it was broken off, and reaches a case that was filed by an old edition a moment
after the change.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, select

from grievances import deadlines, reckonings
from grievances.calendars import Calendar
from grievances.case import cases
from grievances.deadlines import RUNS, Deadline, reckon
from grievances.reckonings import Why
from storage.unit_of_work import Transaction

#: Cases in one transaction.
CHUNK = 100


def behind(calendar: Calendar) -> ColumnElement[bool]:
    """Return the condition that a case has a clock which runs by an older calendar."""
    c = deadlines.deadlines.c
    return cases.c.id.in_(select(c.case_id).where(RUNS, c.edition < calendar.edition))


async def catch_up(
    db: Transaction, calendar: Calendar, now: datetime, *, limit: int = CHUNK
) -> int:
    """Reckon the next working-day terms by *calendar*; return of how many cases (0: all done).

    A due date may move later here, never past its limit by the wall clock. One that has passed
    stays where it was.
    """
    held = await db.execute(
        select(cases.c.id).where(behind(calendar)).limit(limit).with_for_update(skip_locked=True)
    )
    case_ids = list(held.scalars())
    if not case_ids:
        return 0
    before = [
        each
        for each in await deadlines.of_cases(db, case_ids)
        if each.met_at is None and each.edition is not None and each.edition < calendar.edition
    ]
    after = [_by(calendar, each, now) for each in before]
    await deadlines.rewrite(db, after, now)
    await reckonings.record(db, before, after, Why.CALENDAR, now)
    return len(case_ids)


def _by(calendar: Calendar, old: Deadline, now: datetime) -> Deadline:
    if old.overdue_at is not None or (old.due_at <= now and old.paused_at is None):
        return replace(old, edition=calendar.edition)
    fresh = reckon(old.case_id, old.step, old.severity, old.started_at, calendar)
    due = deadlines.credited(fresh, old.paused_for, calendar)
    return replace(old, edition=calendar.edition, due_at=due, escalates_at=due)
