"""A reporter does not accept how a case ended: people look at it who had no part in it.

The panel of a case is whoever the forum has named, without those who decided on the case in any
way and those who are kept out of it. Where nobody is left, a body outside government decides.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, true

from forum import audit
from forum.key_shares import key_shares
from forum.members import RIGHTS, Member, Right, members
from grievances import entries, escalation
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import Turn, cases, change, hold, move
from grievances.entries import REPORTER, SYSTEM, Draft, Kind
from grievances.escalation import OUTSIDE
from grievances.exclusions import excluded
from grievances.hands import decided
from grievances.panel import panel
from grievances.states import Actor, NotAllowed, State, allowed
from locales import N_
from storage.unit_of_work import Reads, Transaction

#: What staff read of it in the thread.
ASKED = N_("The reporter asks that others decide.")


def sits_on(member_id: str) -> ColumnElement[bool]:
    """Return on the appeal of which cases a member sits."""
    named = exists().where(panel.c.member_id == member_id)
    return (cases.c.state == State.APPEALED) & named & _had_no_part(member_id)


def may_be_asked(state: State, turn: str | None) -> bool:
    """Whether the reporter of a case that stands so may ask for an appeal.

    What the panel let stand is not looked at by it again.
    """
    return allowed(state, State.APPEALED, Actor.REPORTER) and turn != Turn.DISMISSED


async def judges(db: Reads, case_id: str) -> Collection[str]:
    """Return the ids of those who may decide on a case that is under appeal.

    None: nobody is left, or there is no appeal.
    """
    sitting = await _ids(db, _panel_of(case_id))
    return sitting or await _ids(db, _outside(case_id))


async def without_key(db: Reads, case_id: str) -> Sequence[str]:
    """Return the ids of those who are to decide on a case and hold no key to it yet."""
    sitting = await judges(db, case_id)
    held = exists().where(key_shares.c.subject == case_id, key_shares.c.member_id == members.c.id)
    found = await db.execute(
        select(members.c.id)
        .where(members.c.id.in_(sitting), members.c.public_key.is_not(None), ~held)
        .order_by(members.c.id)
    )
    return found.scalars().all()


async def ask(
    db: Transaction,
    case_id: str,
    *,
    by: Member | None = None,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
    reason: str | None = None,
) -> bool:
    """Bring a case before the panel; return whether it is there now.

    *by* None: the reporter asks. What they ask when it cannot be moves nothing, and is kept in
    the thread all the same. *by*: a member notes what the reporter said; then it raises
    ``NotAllowed``. Raises ``NoSuchCase``.
    """
    held = await hold(db, case_id)
    if by is None:
        await entries.write(db, case_id, held.public_key, Draft(ASKED, Kind.STATUS), now)
        await change(db, case_id, heard_at=now)
    try:
        await bring(db, case_id, by=by, now=now, calendar=calendar, reason=reason)
    except NotAllowed:
        if by is not None:
            raise
        return False
    return True


async def bring(
    db: Transaction,
    case_id: str,
    *,
    by: Member | None = None,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
    reason: str | None = None,
) -> None:
    """Bring a case before the panel, or outside government where nobody is left to sit on it.

    *by*: as for ``ask``. Raises ``NotAllowed`` and ``NoSuchCase``.
    """
    word, actor = (Actor.REPORTER, REPORTER) if by is None else (Actor.STAFF, by.id)
    await move(
        db,
        case_id,
        State.APPEALED,
        by=word,
        actor=actor,
        now=now,
        reason=reason,
        calendar=calendar,
    )
    if not await _ids(db, _panel_of(case_id)):
        await _go_outside(db, case_id, now)


async def _go_outside(db: Transaction, case_id: str, now: datetime) -> None:
    await change(db, case_id, level=OUTSIDE)
    act = f"case.escalated.{OUTSIDE}"
    await audit.record(db, actor=SYSTEM, act=act, subject=case_id, now=now)


def _panel_of(case_id: str) -> Select[Any]:
    return _people(Right.HANDLE).where(
        cases.c.id == case_id,
        cases.c.state == State.APPEALED,
        exists().where(panel.c.member_id == members.c.id),
        or_(members.c.role.in_(_roles(Right.TRIAGE)), cases.c.quarantine.is_(False)),
        ~excluded(members.c.id, cases.c.id),
        _had_no_part(members.c.id),
    )


def _outside(case_id: str) -> Select[Any]:
    """Return who answers for the last level of a case and had no part in it."""
    answers = escalation.eligible().subquery()
    return _people(Right.HANDLE).where(
        cases.c.id == case_id,
        cases.c.state == State.APPEALED,
        exists().where(
            answers.c.case_id == case_id,
            answers.c.level == OUTSIDE,
            answers.c.member_id == members.c.id,
        ),
        _had_no_part(members.c.id),
    )


def _people(right: Right) -> Select[Any]:
    """Return who is here with this right, beside each case."""
    here = members.c.left_at.is_(None) & members.c.role.in_(_roles(right))
    return select(members.c.id).select_from(cases.join(members, true())).where(here)


def _had_no_part(member_id: str | ColumnElement[str]) -> ColumnElement[bool]:
    handles = cases.c.assignee.is_not(None) & (cases.c.assignee == member_id)
    return ~decided(member_id, cases.c.id) & ~handles


def _roles(right: Right) -> list[Any]:
    return [role for role, rights in RIGHTS.items() if right in rights]


async def _ids(db: Reads, which: Select[Any]) -> Collection[str]:
    return frozenset((await db.execute(which)).scalars())
