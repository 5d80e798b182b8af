"""While a case waits for its reporter, what is not grave does not run out.

S1 and S2 run on, and so does the total clock. What has passed already is not stopped either.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import update

from grievances import deadlines, reckonings
from grievances.calendars import Calendar
from grievances.deadlines import PAUSED, RUNS, Deadline, Step
from grievances.reckonings import Why
from storage.unit_of_work import Transaction

_SECOND = timedelta(seconds=1)


async def begin(db: Transaction, case_id: str, now: datetime) -> None:
    """Stop the clocks of a case that waits for its reporter from now on; the caller holds it."""
    c = deadlines.deadlines.c
    stopped = await db.execute(
        update(deadlines.deadlines)
        .where(
            c.case_id == case_id,
            RUNS,
            c.step != Step.TOTAL,
            c.severity.in_(sorted(PAUSED)),
            c.due_at > now,
            c.overdue_at.is_(None),
            c.paused_at.is_(None),
        )
        .values(paused_at=now)
    )
    if stopped.rowcount:
        await deadlines.note_nearest(db, [case_id])


async def end(db: Transaction, case_id: str, now: datetime, calendar: Calendar) -> None:
    """Let the clocks of a case go on, each by as much later as was worked meanwhile.

    Feedback is never put off beyond the total clock's due date, while that clock runs: of a case
    that was reopened it may have been met long ago. The caller holds the case.
    """
    found = [each for each in await deadlines.of_case(db, case_id) if each.met_at is None]
    total = next((each.due_at for each in found if each.step is Step.TOTAL), None)
    stopped = [each for each in found if each.paused_at is not None]
    going = [_gone_on(each, now, calendar, total) for each in stopped]
    await deadlines.rewrite(db, going, now)
    await reckonings.record(db, stopped, going, Why.PAUSE, now)


def _gone_on(
    deadline: Deadline, now: datetime, calendar: Calendar, total: datetime | None
) -> Deadline:
    begun = deadline.paused_at or now
    seconds = calendar.working_time(begun, now) // _SECOND
    due = deadlines.credited(deadline, seconds, calendar)
    if total is not None:
        due = max(deadline.due_at, min(due, total))
    return replace(
        deadline,
        due_at=due,
        escalates_at=due,
        paused_at=None,
        paused_for=deadline.paused_for + seconds,
    )
