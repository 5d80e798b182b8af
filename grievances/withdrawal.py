"""A report is its reporter's: they may take it back, and nobody else may."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from grievances import entries, followups, leading, merging, retaliation
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import change, hold_all, move
from grievances.entries import REPORTER, Draft
from grievances.followups import Kind
from grievances.states import Actor, State, allowed
from locales import N_
from storage.unit_of_work import Transaction

_SAID: Final = N_("The reporter took the case back.")


class Outcome(StrEnum):
    """What came of the wish to take a case back."""

    WITHDRAWN = "withdrawn"
    WATCHED = "watched"  # the same, and the reporter is asked once whether they are well
    OVER = "over"  # it had ended before


async def withdraw(
    db: Transaction, case_id: str, *, now: datetime, calendar: Calendar = PLAIN_WEEK
) -> Outcome:
    """Take a case back on its reporter's word: nobody works on it, and nobody is told of it more.

    One that has ended stays as it is; its duplicates go on by themselves. Raises ``NoSuchCase``.
    """
    held = (await hold_all(db, [case_id, *await leading.followers_of(db, case_id)]))[case_id]
    if not allowed(held.state, State.WITHDRAWN, Actor.REPORTER):
        return Outcome.OVER
    await entries.write(db, case_id, held.public_key, Draft(_SAID, entries.Kind.STATUS), now)
    await change(db, case_id, heard_at=now)
    to, by = State.WITHDRAWN, Actor.REPORTER
    await move(db, case_id, to, by=by, actor=REPORTER, now=now, calendar=calendar)
    await merging.part_all(db, case_id, now=now, calendar=calendar)
    await followups.cancel(db, case_id, Kind.ANSWER, Kind.NUDGE, Kind.REMIND)
    watched = await retaliation.plan_after_withdrawal(db, held, now)
    return Outcome.WATCHED if watched else Outcome.WITHDRAWN
