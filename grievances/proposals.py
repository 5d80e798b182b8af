"""A remedy is proposed, and the reporter has the word: yes, no, or let us talk first."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from grievances import entries
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import change, move
from grievances.entries import REPORTER, Draft, Kind
from grievances.passing_on import hold_with_leaders, pass_on
from grievances.states import Actor, State
from locales import N_
from storage.unit_of_work import Transaction


class Word(StrEnum):
    """What a reporter says to a proposal."""

    YES = "yes"
    NO = "no"
    TALK = "talk"


#: What staff read of it in the thread.
_SAID: Mapping[Word, str] = {
    Word.YES: N_("The reporter agrees to the proposal."),
    Word.NO: N_("The reporter does not agree to the proposal."),
    Word.TALK: N_("The reporter wants to talk about the proposal first."),
}

#: Where the case goes on that word. After a «no» and before a talk there is more to find out.
_LEADS_TO: Mapping[Word, State] = {
    Word.YES: State.AGREED,
    Word.NO: State.IN_REVIEW,
    Word.TALK: State.IN_REVIEW,
}


async def answered(
    db: Transaction,
    case_id: str,
    word: Word,
    *,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
) -> bool:
    """Keep the reporter's word, and let the case go on by it; return whether it is for them to.

    A word that comes when nothing is proposed any more moves nothing, and is kept in the thread
    all the same; so is that of a duplicate's reporter, also where staff read the case that stands
    for it. Raises ``NoSuchCase``.
    """
    reached = await hold_with_leaders(db, case_id)
    held, said = reached[case_id], Draft(_SAID[word], Kind.STATUS)
    await entries.write(db, case_id, held.public_key, said, now)
    await change(db, case_id, heard_at=now)
    await pass_on(db, reached, case_id, said, now)
    if held.state is State.PROPOSED:
        to, by = _LEADS_TO[word], Actor.REPORTER
        await move(db, case_id, to, by=by, actor=REPORTER, now=now, calendar=calendar)
    return len(reached) == 1
