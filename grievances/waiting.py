"""A reporter who is asked something and stays silent does not hold up their own case."""

from datetime import datetime, timedelta

from sqlalchemy import select

from grievances.calendars import Calendar
from grievances.case import cases, move
from grievances.entries import SYSTEM
from grievances.states import Actor, State
from storage.unit_of_work import Transaction

#: How long a case waits for its reporter, who is reminded twice meanwhile.
SILENCE = timedelta(days=14)

#: Cases in one transaction: each is moved by itself, as any case is.
CHUNK = 20


async def back_to_review(
    db: Transaction, calendar: Calendar, now: datetime, *, limit: int = CHUNK
) -> int:
    """Take cases back into review whose reporter has been silent; return how many there were."""
    found = await db.execute(
        select(cases.c.id)
        .where(cases.c.state == State.WAITING_REPORTER, cases.c.moved_at <= now - SILENCE)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    silent = list(found.scalars())
    for case_id in silent:
        await move(
            db,
            case_id,
            State.IN_REVIEW,
            by=Actor.SYSTEM,
            actor=SYSTEM,
            now=now,
            calendar=calendar,
        )
    return len(silent)
