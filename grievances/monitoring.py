"""After a resolution: is it solved? The reporter is asked three times, and has the last word."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from grievances import checks, entries
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import MONITORED_AFTER, Held, change, hold, move
from grievances.checks import Answer, Check
from grievances.entries import REPORTER, SYSTEM, Draft
from grievances.followups import FollowUp, Kind
from grievances.passing_on import hold_with_leaders, pass_on
from grievances.states import OPEN, Actor, NotAllowed, State
from locales import N_
from storage.unit_of_work import Transaction

#: Where a case stands while we ask.
WATCHED: Final = frozenset({State.RESOLVED, State.MONITORING})

_SAID: Final[Mapping[Answer, str]] = {
    Answer.YES: N_("The reporter says that it is solved."),
    Answer.NO: N_("The reporter says that it is not solved."),
}
_NOT_ASKED: Final = N_(
    "The reporter could not be asked whether it is solved: nothing reaches them, or they want "
    "no more messages."
)
_TOO_LATE: Final = N_("The reporter was not asked in time whether it is solved.")
_SILENT: Final = N_("The reporter did not say whether it is solved.")


async def due(
    db: Transaction,
    followup: FollowUp,
    *,
    reachable: bool,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
) -> bool:
    """Take up a check that is due; return whether the reporter is to be asked now.

    One that was asked before is due because its answer did not come. *reachable*: there is a way
    to the reporter, and they have not said STOP. The caller holds the case.
    """
    held, check = await hold(db, followup.case_id), await checks.get(db, followup)
    if held.state not in WATCHED:
        await checks.give_up(db, check, now)
        return False
    await _watch(db, held, now, calendar)
    if reachable and check.asked_at is None and not check.stale(now):
        if await checks.crowded(db, check, now):
            await checks.postpone(db, check, now)
            return False
        await checks.asked(db, check, now)
        return True
    await checks.give_up(db, check, now)
    await checks.tell_staff(db, held.id, held.public_key, _why(check, now), now)
    await _close_after_last(db, check, now, calendar)
    return False


async def answered(
    db: Transaction,
    case_id: str,
    *,
    solved: bool,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
) -> None:
    """Keep the reporter's word on whether it is solved; «no» reopens the case, however late.

    A word that moves nothing is kept in the thread all the same, and so is that of a duplicate's
    reporter, who moves nothing alone. Raises ``NoSuchCase``.
    """
    reached = await hold_with_leaders(db, case_id)
    held = reached[case_id]
    answer = Answer.YES if solved else Answer.NO
    draft = Draft(_SAID[answer], entries.Kind.STATUS)
    await entries.write(db, case_id, held.public_key, draft, now)
    await pass_on(db, reached, case_id, draft, now)
    check = await checks.answered(db, case_id, Kind.CHECK_IN, answer, now)
    if not solved:
        await change(db, case_id, heard_at=now)
        await _reopen(db, held, now, calendar)
    elif held.state in WATCHED:
        await _watch(db, held, now, calendar)
        if check is not None:
            await _close_after_last(db, check, now, calendar)


def _why(check: Check, now: datetime) -> str:
    if check.asked_at is not None:
        return _SILENT
    return _TOO_LATE if check.stale(now) else _NOT_ASKED


async def _watch(db: Transaction, held: Held, now: datetime, calendar: Calendar) -> None:
    if held.state is State.RESOLVED:
        await _system(db, held.id, State.MONITORING, now, calendar)


async def _close_after_last(
    db: Transaction, check: Check, now: datetime, calendar: Calendar
) -> None:
    if check.days == MONITORED_AFTER[-1]:
        await _system(db, check.case_id, State.CLOSED, now, calendar)


async def _reopen(db: Transaction, held: Held, now: datetime, calendar: Calendar) -> None:
    """Open it again: by the reporter's own right at first, and later because we asked."""
    if held.state in OPEN - WATCHED - {State.REDIRECTED}:
        return
    reopened = State.REOPENED
    try:
        by, actor = Actor.REPORTER, REPORTER
        await move(db, held.id, reopened, by=by, actor=actor, now=now, calendar=calendar)
    except NotAllowed:
        try:
            await _system(db, held.id, reopened, now, calendar)
        except NotAllowed:
            return  # withdrawn, or in another case: there is nothing to open
    await _system(db, held.id, State.TRIAGED, now, calendar)


async def _system(
    db: Transaction, case_id: str, to: State, now: datetime, calendar: Calendar
) -> None:
    by = Actor.SYSTEM
    await move(db, case_id, to, by=by, actor=SYSTEM, now=now, calendar=calendar)
