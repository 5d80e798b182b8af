"""Who is whose superior: the line that a conflict of interest goes up.

A table of pairs, small enough to be read at once; nobody is above themselves.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, delete, select

from forum import audit, members
from forum.members import Member, NotAllowed
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

superiors = Table(
    "superiors",
    metadata,
    Column("member_id", String(32), ForeignKey("members.id"), primary_key=True),
    Column("superior_id", String(32), ForeignKey("members.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


class Circle(ValueError):
    """Somebody would be above themselves."""


async def place(
    db: Transaction, member_id: str, superior_id: str | None, *, by: Member, now: datetime
) -> None:
    """Say who is above a member; None: nobody. Raises ``NotAllowed`` and ``Circle``.

    Nobody says it of themselves: what is hidden from somebody's superiors would be theirs to
    uncover.
    """
    await members.check_reach(db, member_id, by)
    if member_id == by.id:
        raise NotAllowed
    await db.execute(delete(superiors).where(superiors.c.member_id == member_id))
    if superior_id is not None:
        if not await members.known(db, [superior_id], ()):
            raise NotAllowed
        if superior_id == member_id or member_id in up(await line(db), superior_id):
            raise Circle
        row = {"member_id": member_id, "superior_id": superior_id, "at": now}
        await db.execute(insert(db, superiors).values(row))
    await audit.record(db, actor=by.id, act="member.superior", subject=member_id, now=now)


async def line(db: Reads) -> Mapping[str, str]:
    """Return everybody's superior, by the member's id."""
    found = await db.execute(select(superiors.c.member_id, superiors.c.superior_id))
    return {row.member_id: row.superior_id for row in found}


def up(above: Mapping[str, str], member_id: str) -> Collection[str]:
    """Return everybody up the line from a member, the nearest first; *above* is ``line``."""
    found: list[str] = []
    at = above.get(member_id)
    while at is not None and at not in found:
        found.append(at)
        at = above.get(at)
    return found


def down(above: Mapping[str, str], member_id: str) -> Collection[str]:
    """Return everybody who has a member above them, near or far."""
    return [one for one in above if member_id in up(above, one)]
