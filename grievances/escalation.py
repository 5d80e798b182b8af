"""Who answers when a due date has passed: five levels, each above the one before.

Level 0 is the handler, and needs no list. Whom a level means is data that the forum edits; until
somebody is named for level 1, the leads of the secretariat answer for it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from forum import audit
from forum.key_shares import key_shares
from forum.members import RIGHTS, Member, NotAllowed, Right, Role, members
from grievances.case import HAS_RISEN, cases
from grievances.exclusions import excluded
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

escalation = Table(
    "escalation",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("member_id", String(32), ForeignKey("members.id"), primary_key=True, index=True),
    Column("named_at", Instant, nullable=False),
)

#: The handler, the lead of the secretariat, the forum's chair, the focal point of the task force,
#: and a body outside government.
HANDLER, LEAD, CHAIR, FOCAL_POINT, OUTSIDE = LEVELS = range(5)

#: Those for which somebody can be named.
NAMED = LEVELS[1:]

TOP = OUTSIDE


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who answers for a level."""

    level: int
    member_id: str
    name: str


@cache
def eligible() -> Select[Any]:
    """Return who answers for which level of which case: ``case_id, level, member_id``.

    Whoever is excluded from a case is left out, so that a level may have nobody. In quarantine a
    case is for those who triage, and for the body outside government once it has come there.
    """
    answers = _answers()
    return (
        select(cases.c.id.label("case_id"), answers.c.level, answers.c.member_id)
        .select_from(
            cases.join(answers, true()).join(members, members.c.id == answers.c.member_id)
        )
        .where(
            members.c.left_at.is_(None),
            or_(
                members.c.role.in_(_roles(Right.TRIAGE)),
                members.c.role.in_(_roles(Right.HANDLE))
                & (
                    cases.c.quarantine.is_(False)
                    | ((cases.c.level == OUTSIDE) & (answers.c.level == OUTSIDE))
                ),
            ),
            ~excluded(members.c.id, cases.c.id),
        )
    )


def escalated_to(member_id: str) -> ColumnElement[bool]:
    """Return which cases have come as high as a level for which a member answers.

    What is in quarantine has come to the body outside government or to nobody.
    """
    theirs = escalation.c.member_id == member_id
    # The lowest of their levels: one number to compare with, which an index of levels serves.
    lowest = select(func.min(escalation.c.level)).where(theirs).scalar_subquery()
    outside = exists().where(theirs, escalation.c.level == OUTSIDE)
    passed_on = or_(cases.c.quarantine.is_(False), and_(cases.c.level >= OUTSIDE, outside))
    return and_(HAS_RISEN, cases.c.level >= lowest, passed_on)


async def able(db: Reads, case_ids: Collection[str]) -> Mapping[str, Collection[int]]:
    """Return for each of some cases the levels that have somebody who may act on it."""
    who = eligible().where(cases.c.id.in_(case_ids)).subquery()
    found: dict[str, set[int]] = defaultdict(set)
    for row in await db.execute(select(who.c.case_id, who.c.level).distinct()):
        found[row.case_id].add(row.level)
    return found


def above(level: int, levels: Collection[int]) -> int:
    """Return the next level after *level* that has somebody; the very next if none above has.

    *levels* are those that have. Above the highest there is nothing.
    """
    return min((each for each in levels if each > level), default=min(level + 1, TOP))


async def without_key(db: Reads, case_id: str) -> Sequence[tuple[int, str]]:
    """Return level and id of those to whom a case has come who hold no key to it yet."""
    who = eligible().where(cases.c.id == case_id)
    held = exists().where(key_shares.c.subject == case_id, key_shares.c.member_id == members.c.id)
    found = await db.execute(
        who.where(
            who.selected_columns.level <= cases.c.level, members.c.public_key.is_not(None), ~held
        )
    )
    return [(row.level, row.member_id) for row in found]


async def named(db: Reads) -> Sequence[Named]:
    """Return everybody who is named, by level and name; who has left is named no more."""
    found = await db.execute(
        select(escalation.c.level, escalation.c.member_id, members.c.name)
        .join(members, members.c.id == escalation.c.member_id)
        .where(members.c.left_at.is_(None))
        .order_by(escalation.c.level, members.c.name, members.c.id)
    )
    return [Named(row.level, row.member_id, row.name) for row in found]


async def name(db: Transaction, level: int, member: Member, *, by: Member, now: datetime) -> None:
    """Have *member* answer for a level. Raises ``NotAllowed`` for who may not work on cases.

    Who may not give somebody rights to cases cannot name them either: it would be the same.
    """
    if level not in NAMED or not (member.may(Right.HANDLE) and by.may_give(member.role)):
        raise NotAllowed
    fresh = insert(db, escalation).values(level=level, member_id=member.id, named_at=now)
    added = await db.execute(fresh.on_conflict_do_nothing())
    if added.rowcount:
        await _record(db, f"escalation.named.{level}", member.id, by, now)


async def unname(
    db: Transaction, level: int, member_id: str, *, by: Member, now: datetime
) -> None:
    """Have a member answer for a level no more. Raises ``NotAllowed``."""
    if not by.may(Right.MANAGE_MEMBERS):
        raise NotAllowed
    one = (escalation.c.level == level) & (escalation.c.member_id == member_id)
    gone = await db.execute(delete(escalation).where(one))
    if gone.rowcount:
        await _record(db, f"escalation.unnamed.{level}", member_id, by, now)


async def _record(db: Transaction, act: str, member_id: str, by: Member, now: datetime) -> None:
    await audit.record(db, actor=by.id, act=act, subject=member_id, now=now)


def _answers() -> CTE:
    """Return level and member of all who answer: those named, and at first the leads."""
    present = members.c.left_at.is_(None)
    someone = (
        select(escalation.c.level)
        .join(members, members.c.id == escalation.c.member_id)
        .where(escalation.c.level == LEAD, present)
        .correlate(None)
    )
    leads = select(literal(LEAD).label("level"), members.c.id.label("member_id")).where(
        members.c.role == Role.LEAD, present, ~exists(someone)
    )
    return union_all(select(escalation.c.level, escalation.c.member_id), leads).cte("answers")


def _roles(right: Right) -> list[Role]:
    return [role for role, rights in RIGHTS.items() if right in rights]
