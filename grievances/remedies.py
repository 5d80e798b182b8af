"""Members carry out a remedy: they plan actions, mark them done, and somebody else confirms.

The handler of a case and those who triage work on its actions; the end is confirmed by neither
the handler nor whoever marked something done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import insert, select, update

from forum import attachments, audit, bodies, members
from forum.members import Member, Right
from grievances import actions, exclusions
from grievances.actions import IS_OPEN, SHOWN, Action, context
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import Held, NoSuchCase, explain, hold, move
from grievances.entries import encoded
from grievances.exclusions import NotEligible
from grievances.states import Actor, NotAllowed, State
from locales import N_
from storage.unit_of_work import Reads, Transaction
from vault.seals import seal

#: Where something can be planned, and where it can be done.
PLANNED_AT: Final = frozenset({State.AGREED, State.IMPLEMENTING})


class NoSuchAction(Exception):
    """The case has no such action, or it is no longer to be done."""


class Unclear(Exception):
    """What is to be done, by whom or why is missing, or names somebody who is not there."""


class Basis(StrEnum):
    """On what somebody confirms that a remedy has been carried out."""

    EVIDENCE = "evidence"
    WORD = "word"  # the reporter's


#: How it stands in the thread, beside the reason.
_ON: Mapping[Basis, str] = {
    Basis.EVIDENCE: N_("Confirmed by the evidence."),
    Basis.WORD: N_("Confirmed by the reporter's word."),
}


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What an action is to be: exactly one of the last three says who does it."""

    what: str
    due: date
    member_id: str | None = None
    body_id: str | None = None
    owner: str | None = None


async def add(db: Transaction, case_id: str, plan: Plan, *, by: Member, now: datetime) -> str:
    """Plan an action, and return its id.

    Raises ``Unclear``, ``NotEligible`` for who may not work on the case, ``NotAllowed`` where no
    remedy is agreed, and ``NoSuchCase``.
    """
    held = await _held(db, case_id, by)
    action_id = uuid4().hex
    values = await _values(db, held, action_id, plan)
    row = {"id": action_id, "case_id": case_id, "made_at": now, **values}
    await db.execute(insert(actions.actions).values(row))
    await _record(db, case_id, "added", by, now)
    return action_id


async def amend(
    db: Transaction, case_id: str, action_id: str, plan: Plan, *, by: Member, now: datetime
) -> None:
    """Plan an action otherwise. Raises ``NoSuchAction``, and what ``add`` raises."""
    held = await _held(db, case_id, by)
    values = await _values(db, held, action_id, plan)
    await _change(db, held, action_id, values, still_open=True)
    await _record(db, case_id, "changed", by, now)


async def finish(
    db: Transaction,
    case_id: str,
    action_id: str,
    *,
    evidence: str,
    attachment_id: str | None = None,
    by: Member,
    now: datetime,
) -> None:
    """Mark an action done, with what shows it: words, or an attachment of the case, or both.

    Raises ``Unclear`` where there is neither, ``NoSuchAction``, and what ``add`` raises; what is
    only agreed cannot be done yet.
    """
    held = await _held(db, case_id, by)
    if held.state is not State.IMPLEMENTING:
        raise NotAllowed(held.state, State.IMPLEMENTING)
    if attachment_id and await attachments.kept(db, case_id, attachment_id) is None:
        raise Unclear
    if not evidence and not attachment_id:
        raise Unclear
    values = {
        "done_at": now,
        "done_by": by.id,
        "evidence": _sealed(held, "evidence", action_id, evidence) if evidence else None,
        "attachment_id": attachment_id,
    }
    await _change(db, held, action_id, values, still_open=True)
    await _record(db, case_id, "done", by, now)


async def cancel(
    db: Transaction, case_id: str, action_id: str, *, reason: str, by: Member, now: datetime
) -> None:
    """Drop an action for a *reason*. Raises ``Unclear``, ``NoSuchAction``, and as ``add``."""
    held = await _held(db, case_id, by)
    if not reason:
        raise Unclear
    values = {
        "cancelled_at": now,
        "cancelled_by": by.id,
        "reason": _sealed(held, "reason", action_id, reason),
    }
    await _change(db, held, action_id, values, still_open=True)
    await _record(db, case_id, "cancelled", by, now)


async def put_back(
    db: Transaction, case_id: str, action_id: str, *, by: Member, now: datetime
) -> None:
    """Have an action done after all that was marked done or dropped; not once it is confirmed.

    Raises ``NoSuchAction``, and what ``add`` raises.
    """
    held = await _held(db, case_id, by)
    marks = ("done_at", "done_by", "evidence", "attachment_id")
    values = dict.fromkeys((*marks, "cancelled_at", "cancelled_by", "reason"))
    await _change(db, held, action_id, values, still_open=False)
    await _record(db, case_id, "put_back", by, now)


async def confirm(
    db: Transaction,
    case_id: str,
    *,
    basis: Basis,
    reason: str,
    by: Member,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
) -> None:
    """Say that the remedy has been carried out: it resolves the case.

    Raises ``Unclear`` without a *reason*, ``NotEligible`` for who may not work on cases,
    ``NotAllowed`` while something is still to be done, and for the handler and whoever marked
    something done, and ``NoSuchCase``.
    """
    if not by.may(Right.HANDLE):
        raise NotEligible
    if not reason:
        raise Unclear
    held = await hold(db, case_id)
    if await exclusions.is_out(db, case_id, by.id):
        raise NoSuchCase
    await move(
        db,
        case_id,
        State.RESOLVED,
        by=Actor.STAFF,
        actor=by.id,
        now=now,
        reason=reason,
        calendar=calendar,
    )
    await explain(db, held, _ON[basis], author=by.id, now=now)


async def _held(db: Transaction, case_id: str, by: Member) -> Held:
    """Take hold of a case on whose remedy *by* may work."""
    held = await hold(db, case_id)
    if await exclusions.is_out(db, case_id, by.id):
        raise NoSuchCase
    theirs = by.may(Right.HANDLE) and held.assignee == by.id
    if not (by.may(Right.TRIAGE) or theirs):
        raise NotEligible
    if held.state not in PLANNED_AT:
        raise NotAllowed(held.state, State.IMPLEMENTING)
    return held


async def _values(db: Transaction, held: Held, action_id: str, plan: Plan) -> dict[str, Any]:
    await _check(db, held, plan)
    owner = _sealed(held, "owner", action_id, plan.owner) if plan.owner else None
    return {
        "what": _sealed(held, "what", action_id, plan.what),
        "due": plan.due,
        "owner_id": plan.member_id,
        "body_id": plan.body_id,
        "owner": owner,
    }


async def _check(db: Transaction, held: Held, plan: Plan) -> None:
    given = [each for each in (plan.member_id, plan.body_id, plan.owner) if each]
    if not plan.what or len(given) != 1:
        raise Unclear
    if plan.member_id:
        member = await members.get(db, plan.member_id)
        if member is None or not member.active:
            raise Unclear
        if await exclusions.is_out(db, held.id, member.id):
            raise Unclear
    if plan.body_id and not await _is_body(db, plan.body_id):
        raise Unclear


async def _is_body(db: Transaction, body_id: str) -> bool:
    found = select(bodies.bodies.c.id).where(bodies.bodies.c.id == body_id)
    return (await db.execute(found)).scalar() is not None


async def _change(
    db: Transaction, held: Held, action_id: str, values: Mapping[str, Any], *, still_open: bool
) -> None:
    c = actions.actions.c
    which = IS_OPEN if still_open else ~IS_OPEN & c.confirmed_at.is_(None)
    this = (c.case_id == held.id) & (c.id == action_id) & which
    changed = await db.execute(update(actions.actions).where(this).values(dict(values)))
    if changed.rowcount != 1:
        raise NoSuchAction


def _sealed(held: Held, column: str, action_id: str, words: str) -> bytes:
    return seal(held.public_key, encoded(words), context=context(column, action_id))


async def _record(db: Transaction, case_id: str, act: str, by: Member, now: datetime) -> None:
    await audit.record(db, actor=by.id, act=f"case.action.{act}", subject=case_id, now=now)


async def find(db: Reads, case_id: str, action_id: str) -> Action | None:
    """Return one action of a case."""
    this = (actions.actions.c.case_id == case_id) & (actions.actions.c.id == action_id)
    row = (await db.execute(select(*SHOWN).where(this))).one_or_none()
    return actions.action(row) if row else None
