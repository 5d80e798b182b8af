"""A reporter who is asked something and stays silent does not hold up their own case.

They are reminded twice (``case``). Then a case that waited for an answer of theirs is in review
again. One that waited for their word on a proposal is closed where little is at stake, and else
goes back to its handler with a due date, so that somebody finds out why.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select

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
    silent = await _take(db, _silent(now), limit)
    for case_id, _ in silent:
        await _go(db, case_id, State.IN_REVIEW, calendar, now)
    return len(silent)


async def unanswered(
    db: Transaction, calendar: Calendar, now: datetime, *, limit: int = CHUNK
) -> int:
    """End the wait for the word on a proposal; return how many cases waited for too long."""
    silent = await _take(db, _left_open(now), limit)
    for case_id, severity in silent:
        if severity in CLOSED_BY_SILENCE:
            await _go(db, case_id, State.CLOSED, calendar, now, _UNANSWERED)
        else:
            await _go(db, case_id, State.IN_REVIEW, calendar, now, _UNANSWERED)
            step = (Step.FEEDBACK,)
            await deadlines.plan(db, case_id, severity, now, calendar=calendar, steps=step)
    return len(silent)


def over(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a case has waited for its reporter for too long."""
    return or_(_silent(now), _left_open(now))


def _silent(now: datetime) -> ColumnElement[bool]:
    return and_(cases.c.state == State.WAITING_REPORTER, cases.c.moved_at <= now - SILENCE)


def _left_open(now: datetime) -> ColumnElement[bool]:
    """Whether nothing was said to a proposal.

    Whoever has written anything since it was proposed is not silent: their words are there to be
    read. A word of ours begins the wait anew, for it reminds twice.
    """
    last = func.coalesce(cases.c.told_at, cases.c.moved_at)
    return and_(
        cases.c.state == State.PROPOSED,
        cases.c.moved_at <= now - SILENCE,
        last <= now - SILENCE,
        cases.c.heard_at <= cases.c.moved_at,
    )


async def _take(
    db: Transaction, which: ColumnElement[bool], limit: int
) -> Sequence[tuple[str, Severity]]:
    """Take hold of some such cases."""
    found = await db.execute(
        select(cases.c.id, cases.c.severity)
        .where(which)
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
