"""A person judges a case: what it is about, how grave it is, and who is to handle it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from forum import audit, keyholders
from forum.members import Member, Right
from grievances import (
    deadlines,
    exclusions,
    floors,
    hands,
    parties,
    retaliation,
    routing,
    succession,
)
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import Held, NoSuchCase, cases, hold, move, release
from grievances.category import Category
from grievances.escalation import OUTSIDE
from grievances.exclusions import NotEligible
from grievances.hands import Part
from grievances.parties import Named
from grievances.severity import Severity
from grievances.states import ENDED, TO_SORT, Actor, NotAllowed, State
from grievances.taxonomy import DEFAULT, Taxonomy
from storage.unit_of_work import Transaction


class BelowFloor(Exception):
    """The category sets a floor; milder than that is not one person's to decide (``floors``)."""


class NotAsked(Exception):
    """Nobody has said yet whether the report names somebody."""


async def triage(
    db: Transaction,
    case_id: str,
    *,
    category: str,
    severity: Severity,
    named: Named | None = None,
    by: Member,
    now: datetime,
    reason: str = "",
    calendar: Calendar = PLAIN_WEEK,
    taxonomy: Taxonomy = DEFAULT,
) -> bool:
    """Judge a case, the first time or again. A due date moves nearer, never further off.

    Who is no focal point of the lane that it is in now loses the key; a case that waits for
    nobody goes up (``routing``).

    *named*: whom the report names, who must not know of it from now on; None leaves what was
    said before. *reason*: why it should be milder than its category allows; the case gets the
    category's severity at once, and a second person is asked: then this returns True. Raises
    ``KeyError`` for a category that cannot be chosen, ``BelowFloor`` without a reason,
    ``NotAsked``, ``Contradiction``, ``NotEligible``, ``NotAllowed`` when the case has ended, and
    ``NoSuchCase``.
    """
    held = await held_by_triager(db, case_id, by)
    known = _chosen(taxonomy, category, held)
    wished, severity = severity, _alone(known, severity, held, by)
    if severity.graver_than(wished) and not reason:
        raise BelowFloor
    if named is None and await parties.of_case(db, case_id) is None:
        raise NotAsked
    judged: dict[str, Any] = {"category": category, "severity": severity, "lane": known.lane}
    if held.state in TO_SORT:
        # Later it stays as it is: whoever passed the case on has looked who is named in it.
        judged["quarantine"] = known.quarantine
    await _write(db, held, judged)
    await deadlines.replan(db, case_id, severity, calendar=calendar)
    if (category, severity) != (held.category, held.severity):
        await floors.lapse(db, case_id, now)
    if severity.graver_than(wished):
        await floors.ask(db, held, category, wished, reason, by=by, now=now)
    if held.state in TO_SORT:
        await move(db, case_id, State.TRIAGED, by=Actor.STAFF, actor=by.id, now=now)
    else:
        await hands.record(db, case_id, {by.id: Part.TRIAGED}, now)
        await audit.record(db, actor=by.id, act="case.judged", subject=case_id, now=now)
    if named is not None:
        await parties.name(db, held, named, by=by, now=now)
    await retaliation.plan(db, case_id, now)
    if known.lane is not None:
        await exclusions.withdraw(db, cases.c.id == case_id)
    await routing.settle(db, case_id, now=now, taxonomy=taxonomy)
    return severity.graver_than(wished)


def _chosen(taxonomy: Taxonomy, key: str, held: Held) -> Category:
    """Return the category that was chosen; a retired one only where the case has it already."""
    if key not in taxonomy.offered and (key != held.category or key not in taxonomy.categories):
        raise KeyError(key)
    return taxonomy.categories[key]


def _alone(known: Category, wished: Severity, held: Held, by: Member) -> Severity:
    """Return how mild this member alone may judge: not below the floor.

    What stands stays, though it be milder: two people agreed, or the floor was another then.
    """
    floor = known.floor_for(by.id)
    stands = known.key == held.category and not held.severity.graver_than(wished)
    return floor if floor.graver_than(wished) and not stands else wished


async def assign(
    db: Transaction,
    case_id: str,
    to: Member,
    *,
    by: Member,
    by_private: bytes,
    now: datetime,
    taxonomy: Taxonomy = DEFAULT,
) -> None:
    """Give a case to a handler, and the key to it; the handler before loses theirs.

    It ends the quarantine: a triager has read the case, said whom it names, and chooses who
    shall see it; but not of what has gone past all inside. How it was routed is kept. Raises
    ``NotEligible``, also for whoever is kept out of it, ``HadIt`` for from whom it was taken
    while somebody else is there, ``NotAllowed`` before triage and after the end, and
    ``NoSuchCase``.
    """
    if not to.may(Right.HANDLE):
        raise NotEligible
    held = await held_by_triager(db, case_id, by)
    await succession.check(db, case_id, to.id)
    if held.state in TO_SORT:
        raise NotAllowed(held.state, State.ASSIGNED)
    if held.assignee != to.id:
        await release(db, held)
    if to.public_key is not None:
        await keyholders.grant(
            db, to=to, by=by.id, by_private=by_private, subjects=[case_id], now=now
        )
    await routing.keep(db, case_id, to, by=by, now=now, taxonomy=taxonomy)
    given: dict[str, Any] = {"assignee": to.id, "turn": None}
    if not await _only_outside(db, case_id):
        given["quarantine"] = False
    await _write(db, held, given)
    await hands.record(db, case_id, {to.id: Part.HANDLED}, now)
    await audit.record(db, actor=by.id, act="case.given", subject=case_id, now=now)
    if held.state is State.TRIAGED:
        await move(db, case_id, State.ASSIGNED, by=Actor.STAFF, actor=by.id, now=now)


async def _only_outside(db: Transaction, case_id: str) -> bool:
    """Whether a case has come to the body outside government past all the levels between."""
    asked = select(cases.c.level, cases.c.category, cases.c.named).where(cases.c.id == case_id)
    row = (await db.execute(asked)).one()
    return row.level == OUTSIDE and routing.nobody_can_tell(row.category, row.named)


async def held_by_triager(db: Transaction, case_id: str, by: Member) -> Held:
    """Take hold of a case to judge it. Raises as ``triage`` does."""
    if not by.may(Right.TRIAGE):
        raise NotEligible
    held = await hold(db, case_id)
    if await exclusions.is_out(db, case_id, by.id):
        raise NoSuchCase
    if held.state in ENDED:
        raise NotAllowed(held.state, State.TRIAGED)
    return held


async def _write(db: Transaction, held: Held, values: dict[str, Any]) -> None:
    await db.execute(update(cases).where(cases.c.id == held.id).values(values))
