"""A reporter who is asked something and stays silent does not hold up their own case.

They are reminded twice (``case``). Then a case that waited for an answer of theirs is in review
again. One that waited for their word on a proposal is closed where little is at stake, and else
goes back to its handler with a due date, so that somebody finds out why.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select

from grievances import deadlines
from grievances.calendars import Calendar
from grievances.case import CLOSED_BY_SILENCE, cases, move
from grievances.deadlines import Step
from grievances.entries import SYSTEM
from grievances.severity import Severity
from grievances.states import Actor, State
from locales import N_
from storage.unit_of_work import Transaction

#: How long a case waits for its reporter, who is reminded twice meanwhile.
SILENCE: Final = timedelta(days=14)

#: Cases in one transaction: each is moved by itself, as any case is.
CHUNK: Final = 20

_UNANSWERED: Final = N_("The reporter did not answer the proposal.")


async def back_to_review(
    db: Transaction, calendar: Calendar, now: datetime, *, limit: int = CHUNK
) -> int:
    """Take cases back into review whose reporter has been silent; return how many there were."""
    waited = cases.c.moved_at <= now - SILENCE
    silent = await _take(db, State.WAITING_REPORTER, waited, limit)
    for case_id, _ in silent:
        await _go(db, case_id, State.IN_REVIEW, calendar, now)
    return len(silent)


async def unanswered(
    db: Transaction, calendar: Calendar, now: datetime, *, limit: int = CHUNK
) -> int:
    """End the wait for the word on a proposal; return how many cases waited for too long.

    Whoever has written anything since it was proposed is not silent: their words are there to be
    read. A word of ours begins the wait anew, for it reminds twice.
    """
    last = func.coalesce(cases.c.told_at, cases.c.moved_at)
    waited = (
        (cases.c.moved_at <= now - SILENCE)
        & (last <= now - SILENCE)
        & (cases.c.heard_at <= cases.c.moved_at)
    )
    silent = await _take(db, State.PROPOSED, waited, limit)
    for case_id, severity in silent:
        if severity in CLOSED_BY_SILENCE:
            await _go(db, case_id, State.CLOSED, calendar, now, _UNANSWERED)
        else:
            await _go(db, case_id, State.IN_REVIEW, calendar, now, _UNANSWERED)
            step = (Step.FEEDBACK,)
            await deadlines.plan(db, case_id, severity, now, calendar=calendar, steps=step)
    return len(silent)


async def _take(
    db: Transaction, state: State, waited: ColumnElement[bool], limit: int
) -> Sequence[tuple[str, Severity]]:
    """Take hold of some cases that have waited for too long at *state*."""
    found = await db.execute(
        select(cases.c.id, cases.c.severity)
        .where(cases.c.state == state, waited)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.id, Severity(row.severity)) for row in found]


async def _go(
    db: Transaction,
    case_id: str,
    to: State,
    calendar: Calendar,
    now: datetime,
    reason: str | None = None,
) -> None:
    by = Actor.SYSTEM
    await move(db, case_id, to, by=by, actor=SYSTEM, now=now, reason=reason, calendar=calendar)
