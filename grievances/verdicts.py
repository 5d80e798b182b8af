"""The appeal panel decides: the case is looked at again, or what was decided stands."""

from datetime import datetime

from forum.members import Member
from grievances import appeals, correspondence, exclusions
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import NoSuchCase, hold, move
from grievances.exclusions import NotEligible
from grievances.states import Actor, NotAllowed, State
from storage.unit_of_work import Transaction
from vault.keyring import Keyring


async def decide(
    db: Transaction,
    keyring: Keyring,
    case_id: str,
    *,
    upheld: bool,
    reason: str,
    by: Member,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
) -> None:
    """Decide on an appeal, and write *reason* to the reporter, in the words given.

    *upheld*: another handler looks at the case. Raises ``NotEligible`` for who does not sit on
    it, ``NotAllowed`` where there is no appeal, and ``NoSuchCase``, also for who is kept out.
    """
    held = await hold(db, case_id)
    if await exclusions.is_out(db, case_id, by.id):
        raise NoSuchCase
    to = State.IN_REVIEW if upheld else State.CLOSED
    if held.state is not State.APPEALED:
        raise NotAllowed(held.state, to)
    if by.id not in await appeals.judges(db, case_id):
        raise NotEligible
    await move(db, case_id, to, by=Actor.STAFF, actor=by.id, now=now, calendar=calendar)
    # That it is looked at again is no feedback yet: the clock for that has just begun.
    await correspondence.answer(
        db, keyring, member=by, case_id=case_id, text=reason, feedback=not upheld, now=now
    )
