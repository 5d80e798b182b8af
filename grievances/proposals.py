"""A remedy is proposed, and the reporter has the word: yes, no, let us talk, or let others decide.

After a «no» another handler looks at the case; to talk, the one who proposed goes on.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from forum.members import Member
from grievances import appeals, entries
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import Held, Turn, change, explain, hand_back, hold, move
from grievances.entries import REPORTER, Draft, Kind
from grievances.passing_on import hold_with_leaders, pass_on
from grievances.states import Actor, NotAllowed, State
from locales import N_
from storage.unit_of_work import Transaction


class Word(StrEnum):
    """What a reporter says to a proposal."""

    YES = "yes"
    NO = "no"
    TALK = "talk"
    APPEAL = "appeal"


#: What staff read of it in the thread.
_SAID: Mapping[Word, str] = {
    Word.YES: N_("The reporter agrees to the proposal."),
    Word.NO: N_("The reporter does not agree to the proposal."),
    Word.TALK: N_("The reporter wants to talk about the proposal first."),
    Word.APPEAL: appeals.ASKED,
}

#: The same, where a member notes what the reporter said to them.
_NOTED: Mapping[Word, str] = {
    Word.YES: N_("The reporter told us that they agree to the proposal."),
    Word.NO: N_("The reporter told us that they do not agree to the proposal."),
    Word.TALK: N_("The reporter told us that they want to talk first."),
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
        if word is Word.APPEAL:
            await appeals.bring(db, case_id, now=now, calendar=calendar)
        else:
            await _go_on(db, held, word, Actor.REPORTER, REPORTER, now, calendar)
    return len(reached) == 1


async def noted(
    db: Transaction,
    case_id: str,
    word: Word,
    *,
    by: Member,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
) -> None:
    """Let a case go on by what the reporter said to a member.

    Raises ``NotAllowed`` when nothing is proposed, and ``NoSuchCase``.
    """
    if word is Word.APPEAL:
        await appeals.ask(db, case_id, by=by, now=now, calendar=calendar)
        return
    held = await hold(db, case_id)
    if held.state is not State.PROPOSED:
        raise NotAllowed(held.state, _LEADS_TO[word])
    await explain(db, held, _NOTED[word], author=by.id, now=now)
    await _go_on(db, held, word, Actor.STAFF, by.id, now, calendar)


async def _go_on(
    db: Transaction,
    held: Held,
    word: Word,
    by: Actor,
    actor: str,
    now: datetime,
    calendar: Calendar,
) -> None:
    await move(db, held.id, _LEADS_TO[word], by=by, actor=actor, now=now, calendar=calendar)
    if word is Word.NO:
        await hand_back(db, held, Turn.REFUSED, now, calendar)
