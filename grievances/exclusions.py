"""Who must not know of a case: whom it names, who sits for a body it names, who stepped aside.

One row for a case, a member and a reason; and without a row, whoever is no focal point of the
lane that a case is in (``lanes``). ``caseload.visible_to`` asks here, and every list, count and
page asks that: to somebody who is kept out there is no such case.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Select,
    String,
    Table,
    bindparam,
    delete,
    exists,
    or_,
    select,
    update,
)

from forum import audit, keyholders
from forum.key_shares import RECOVERY, key_shares
from forum.members import RIGHTS, Member, Right, members
from grievances import lanes, leading
from grievances.case import cases, hold
from grievances.taxonomy import SURVIVOR
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
    SUPERIOR = "superior"  # it names somebody whose superior they are
    ASIDE = "aside"  # they stepped aside
    BARRED = "barred"  # the lead of the secretariat keeps them out
    MERGED = "merged"  # they are kept out of another report of the same


_THIS = exclusions.alias()

#: What follows from whom a report names, and goes when that was a mistake.
BY_NAME = frozenset({Why.NAMED, Why.BODY, Why.SUPERIOR})

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


# Each page asks it of its viewer several times, and to write it out takes longer than to ask it.
@lru_cache(maxsize=1024)
def excluded(
    member_id: str | ColumnElement[str], case_id: ColumnElement[str]
) -> ColumnElement[bool]:
    """Return the condition that *member_id* is kept out of the case *case_id*."""
    return or_(_barred(member_id, case_id), lanes.outside(member_id, case_id, _barred))


def _barred(
    member_id: str | ColumnElement[str], case_id: ColumnElement[str]
) -> ColumnElement[bool]:
    row = exists().where(_THIS.c.case_id == case_id, _THIS.c.member_id == member_id)
    return row.correlate_except(_THIS)


@lru_cache(maxsize=1024)
def hidden_from(*member_ids: str) -> Select[tuple[str]]:
    """Select the ids of the cases that any of these members must not know of."""
    named = select(exclusions.c.case_id).where(exclusions.c.member_id.in_(member_ids))
    in_lane = select(cases.c.id).where(
        cases.c.lane == SURVIVOR,
        or_(*(lanes.outside(one, cases.c.id, _barred) for one in member_ids)),
    )
    return select(named.union(in_lane).subquery().c.case_id)


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
    So they do with all other reports of the same.
    """
    await _keep_out(db, case_ids, member_ids, why, by=by, now=now)
    await share(db, case_ids, by=by, now=now)


async def share(db: Transaction, case_ids: Collection[str], *, by: str, now: datetime) -> None:
    """Have whoever is kept out of one report of a matter kept out of all of them, and no longer.

    To be called once two cases were found to be the same, or were parted (``leading``), or
    somebody is no longer kept out of one of them.
    """
    groups = await leading.groups_of(db, case_ids)
    merged = exclusions.c.why == Why.MERGED
    alone = exclusions.c.case_id.in_([group[0] for group in groups if len(group) == 1])
    await db.execute(delete(exclusions).where(merged, alone))
    for group in (each for each in groups if len(each) > 1):
        its_own = exclusions.c.case_id.in_(group) & ~merged
        found = await db.execute(
            select(exclusions.c.case_id, exclusions.c.member_id).where(its_own)
        )
        out = {(row.case_id, row.member_id) for row in found}
        for each in group:
            others = sorted({member for case_id, member in out if case_id != each})
            this = (exclusions.c.case_id == each) & exclusions.c.member_id.not_in(others)
            await db.execute(delete(exclusions).where(merged, this))
            await _keep_out(db, [each], others, Why.MERGED, by=by, now=now)


async def _keep_out(
    db: Transaction,
    case_ids: Collection[str],
    member_ids: Collection[str],
    why: Why,
    *,
    by: str,
    now: datetime,
) -> None:
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


async def copy(db: Transaction, source: str, target: str, now: datetime) -> None:
    """Keep out of the case *target* whoever is kept out of *source*, for the same reasons."""
    for one in await of_case(db, source):
        await exclude(db, [target], [one.member_id], one.why, by=one.by, now=now)


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
        await share(db, [case_id], by=by.id, now=now)
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
    return bool((await db.execute(_IS_OUT, {"its_id": case_id, "who": member_id})).scalar())


async def let_in(db: Reads, case_id: str) -> frozenset[str]:
    """Return the ids of all members who are here and not kept out of a case."""
    return frozenset((await db.execute(_LET_IN, {"its_id": case_id})).scalars())


async def without_key(db: Reads, case_id: str) -> Sequence[str]:
    """Return who triages and may see a case, and holds no key to it yet."""
    return (await db.execute(_WITHOUT_KEY, {"its_id": case_id})).scalars().all()


async def withdraw(db: Transaction, which: ColumnElement[bool]) -> None:
    """Take the keys to some cases, and the cases, from whoever is kept out of them by now."""
    out = await db.execute(
        select(key_shares.c.subject, key_shares.c.member_id)
        .join(cases, cases.c.id == key_shares.c.subject)
        .where(
            which,
            key_shares.c.member_id != RECOVERY,
            excluded(key_shares.c.member_id, key_shares.c.subject),
        )
    )
    subjects: dict[str, list[str]] = {}
    for row in out.all():
        subjects.setdefault(row.member_id, []).append(row.subject)
    for member_id, theirs in subjects.items():
        await keyholders.withdraw(db, theirs, [member_id])
    kept_out = excluded(cases.c.assignee, cases.c.id)
    given = which & cases.c.assignee.is_not(None) & kept_out
    await db.execute(update(cases).where(given).values(assignee=None))


# Asked on every page of a case, and written out once.
_CASE = bindparam("its_id", type_=String)
_IS_OUT = select(excluded(bindparam("who", type_=String), _CASE))
_LET_IN = select(members.c.id).where(members.c.left_at.is_(None), ~excluded(members.c.id, _CASE))
_HELD = exists().where(key_shares.c.subject == _CASE, key_shares.c.member_id == members.c.id)
_WITHOUT_KEY = _LET_IN.where(
    members.c.role.in_([role for role, rights in RIGHTS.items() if Right.TRIAGE in rights]),
    members.c.public_key.is_not(None),
    ~_HELD,
)


def _check(by: Member) -> None:
    if not by.may(Right.EXCLUDE):
        raise NotEligible


def _exclusion(row: Any) -> Exclusion:
    return Exclusion(row.member_id, Why(row.why), row.at, row.by)
