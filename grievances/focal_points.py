"""Who the focal points of the survivors' lane are, and whose keys follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from forum import audit, keyholders
from forum.members import RIGHTS, Member, NotAllowed, Right, Role, members
from grievances import exclusions
from grievances.case import cases
from grievances.lanes import focal_points
from grievances.taxonomy import SURVIVOR
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

_IN_LANE = cases.c.lane == SURVIVOR


class LastOne(Exception):
    """Without this member nobody who triages would be left in the lane."""


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """Somebody for whom the cases of the lane exist. *triages*: they can sort them, too."""

    member_id: str
    name: str
    triages: bool


async def named(db: Reads) -> Sequence[FocalPoint]:
    """Return who is named and here, by name; nobody: the leads of the secretariat stand in."""
    found = await db.execute(
        select(members.c.id, members.c.name, members.c.role)
        .join(focal_points, focal_points.c.member_id == members.c.id)
        .where(focal_points.c.lane == SURVIVOR, members.c.left_at.is_(None))
        .order_by(members.c.name, members.c.id)
    )
    return [FocalPoint(row.id, row.name, _triages(row.role)) for row in found]


async def name(
    db: Transaction, member: Member, *, by: Member, by_private: bytes, now: datetime
) -> None:
    """Name a focal point, and give them the keys that *by* has; whoever is none loses theirs.

    Raises ``NotAllowed``, also for oneself: what is hidden in the lane would be theirs to
    uncover.
    """
    if member.id == by.id or not (member.may(Right.HANDLE) and by.may_give(member.role)):
        raise NotAllowed
    row = {"lane": SURVIVOR, "member_id": member.id, "named_at": now}
    added = await db.execute(insert(db, focal_points).values(row).on_conflict_do_nothing())
    if not added.rowcount:
        return
    await audit.record(db, actor=by.id, act="lane.named", subject=member.id, now=now)
    if member.may(Right.TRIAGE) and member.public_key is not None:
        await _give_keys(db, member, by, by_private, now)
    await exclusions.withdraw(db, _IN_LANE)


async def unname(db: Transaction, member: Member, *, by: Member, now: datetime) -> None:
    """Have a member be a focal point no more; they lose the keys and the cases at once.

    Raises ``NotAllowed``, and ``LastOne``: the cases would come to people who have no key.
    """
    if not (by.may(Right.MANAGE_MEMBERS) and by.may_give(member.role)):
        raise NotAllowed
    there = await named(db)
    others = [one for one in there if one.member_id != member.id]
    if not any(one.triages for one in others) and any(one.triages for one in there):
        raise LastOne
    theirs = (focal_points.c.lane == SURVIVOR) & (focal_points.c.member_id == member.id)
    gone = await db.execute(delete(focal_points).where(theirs))
    if gone.rowcount:
        await audit.record(db, actor=by.id, act="lane.unnamed", subject=member.id, now=now)
        await exclusions.withdraw(db, _IN_LANE)


async def _give_keys(
    db: Transaction, to: Member, by: Member, by_private: bytes, now: datetime
) -> None:
    found = await db.execute(select(cases.c.id).where(_IN_LANE))
    await keyholders.grant(
        db,
        to=to,
        by=by.id,
        by_private=by_private,
        subjects=found.scalars().all(),
        apart_from=exclusions.hidden_from(to.id),
        now=now,
    )


def _triages(role: str) -> bool:
    return Right.TRIAGE in RIGHTS[Role(role)]
