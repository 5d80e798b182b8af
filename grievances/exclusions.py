"""Who must not know of a case: whom it names, who sits for a body it names, who stepped aside.

One row for a case, a member and a reason. ``caseload.visible_to`` asks here, and every list,
count and page asks that: to somebody who is kept out there is no such case.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Exists,
    ForeignKey,
    Select,
    String,
    Table,
    delete,
    exists,
    select,
    update,
)

from forum import audit, keyholders
from forum.members import Member, Right
from grievances.case import cases, hold
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new

exclusions = Table(
    "exclusions",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.id"), primary_key=True),
    Column("member_id", String(32), ForeignKey("members.id"), primary_key=True, index=True),
    Column("why", String(8), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String(32), nullable=False),  # the member who said so
)


class Why(StrEnum):
    """Why somebody is kept out of a case."""

    NAMED = "named"  # the report names them
    BODY = "body"  # it names the body that they sit for
    ASIDE = "aside"  # they stepped aside
    BARRED = "barred"  # the lead of the secretariat keeps them out


#: What follows from whom a report names, and goes when that was a mistake.
BY_NAME = frozenset({Why.NAMED, Why.BODY})

#: What a person decided, and may take back.
BY_HAND = frozenset({Why.ASIDE, Why.BARRED})


class NotEligible(Exception):
    """This member may not decide who knows of a case."""


class NobodyLeft(Exception):
    """Nobody else could open the case."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Somebody who is kept out, why, since when, and on whose word (a member's id)."""

    member_id: str
    why: Why
    at: datetime
    by: str


def excluded(member_id: str | ColumnElement[str], case_id: ColumnElement[str]) -> Exists:
    """Return the condition that *member_id* is kept out of the case *case_id*."""
    this = (exclusions.c.case_id == case_id) & (exclusions.c.member_id == member_id)
    return exists().where(this)


def hidden_from(*member_ids: str) -> Select[tuple[str]]:
    """Select the ids of the cases that any of these members must not know of."""
    return select(exclusions.c.case_id).where(exclusions.c.member_id.in_(member_ids))


async def exclude(
    db: Transaction,
    case_ids: Collection[str],
    member_ids: Collection[str],
    why: Why,
    *,
    by: str,
    now: datetime,
) -> None:
    """Keep each of the members out of each of the cases.

    They lose the key to it at once, and the case where it was theirs: it waits for somebody else.
    """
    rows = [
        {"case_id": one, "member_id": member, "why": why, "at": now, "by": by}
        for one in case_ids
        for member in member_ids
    ]
    if not rows:
        return
    await db.execute(insert_new(db, exclusions), rows)
    await keyholders.withdraw(db, case_ids, member_ids)
    theirs = cases.c.id.in_(case_ids) & cases.c.assignee.in_(member_ids)
    await db.execute(update(cases).where(theirs).values(assignee=None))


async def step_aside(db: Transaction, case_id: str, member: Member, now: datetime) -> None:
    """Take *member* off a case by their own wish. Raises ``NobodyLeft`` and ``NoSuchCase``."""
    await hold(db, case_id)
    if not await keyholders.others(db, case_id, member.id):
        raise NobodyLeft
    await exclude(db, [case_id], [member.id], Why.ASIDE, by=member.id, now=now)
    await audit.record(db, actor=member.id, act="case.aside", subject=case_id, now=now)


async def bar(db: Transaction, case_id: str, member_id: str, *, by: Member, now: datetime) -> None:
    """Keep a member out by the lead's hand.

    Raises ``NotEligible``, also for oneself (that is ``step_aside``), ``NobodyLeft`` and
    ``NoSuchCase``.
    """
    _check(by)
    if member_id == by.id:
        raise NotEligible
    await hold(db, case_id)
    if not await keyholders.others(db, case_id, member_id):
        raise NobodyLeft
    await exclude(db, [case_id], [member_id], Why.BARRED, by=by.id, now=now)
    await audit.record(db, actor=by.id, act="case.barred", subject=case_id, now=now)


async def admit(
    db: Transaction, case_id: str, member_id: str, *, by: Member, now: datetime
) -> None:
    """Take back what was decided by hand; whom the report names stays out.

    The key to the case is given again by somebody who has it. Raises ``NotEligible``.
    """
    _check(by)
    theirs = (exclusions.c.case_id == case_id) & (exclusions.c.member_id == member_id)
    back = await db.execute(delete(exclusions).where(theirs, exclusions.c.why.in_(BY_HAND)))
    if back.rowcount:
        await audit.record(db, actor=by.id, act="case.admitted", subject=case_id, now=now)


async def forget_names(db: Transaction, case_id: str) -> None:
    """Undo what followed from whom the report was said to name, before it is said anew."""
    by_name = (exclusions.c.case_id == case_id) & exclusions.c.why.in_(BY_NAME)
    await db.execute(delete(exclusions).where(by_name))


async def of_case(db: Reads, case_id: str) -> Sequence[Exclusion]:
    """Return who is kept out of a case, the first first."""
    found = await db.execute(
        select(exclusions)
        .where(exclusions.c.case_id == case_id)
        .order_by(exclusions.c.at, exclusions.c.member_id, exclusions.c.why)
    )
    return [_exclusion(row) for row in found]


async def is_out(db: Reads, case_id: str, member_id: str) -> bool:
    """Whether a member is kept out of a case."""
    this = (exclusions.c.case_id == case_id) & (exclusions.c.member_id == member_id)
    return bool((await db.execute(select(exists().where(this)))).scalar())


def _check(by: Member) -> None:
    if not by.may(Right.EXCLUDE):
        raise NotEligible


def _exclusion(row: Any) -> Exclusion:
    return Exclusion(row.member_id, Why(row.why), row.at, row.by)
