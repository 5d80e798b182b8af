"""The appeal panel: whom the forum has named to look again at what others decided.

Which of them sit on the appeal of one case is reckoned in ``appeals``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, delete, select

from forum import audit, keyholders
from forum.members import RIGHTS, Member, NotAllowed, Right, members
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new

panel = Table(
    "panel",
    metadata,
    Column("member_id", String(32), ForeignKey("members.id"), primary_key=True),
    Column("named_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who is named for the panel."""

    member_id: str
    name: str


async def named(db: Reads) -> Sequence[Named]:
    """Return everybody who is named, by name; who has left is named no more."""
    found = await db.execute(
        select(panel.c.member_id, members.c.name)
        .join(members, members.c.id == panel.c.member_id)
        .where(members.c.left_at.is_(None))
        .order_by(members.c.name, members.c.id)
    )
    return [Named(row.member_id, row.name) for row in found]


async def name(db: Transaction, member: Member, *, by: Member, now: datetime) -> None:
    """Have *member* sit on the panel. Raises ``NotAllowed`` for who may not work on cases.

    Who may not give somebody rights to cases cannot name them either: it would be the same.
    """
    if not (member.may(Right.HANDLE) and by.may_give(member.role)):
        raise NotAllowed
    added = await db.execute(insert_new(db, panel), {"member_id": member.id, "named_at": now})
    if added.rowcount:
        await audit.record(db, actor=by.id, act="panel.named", subject=member.id, now=now)


async def unname(db: Transaction, member_id: str, *, by: Member, now: datetime) -> None:
    """Have a member sit on the panel no more. Raises ``NotAllowed``.

    They lose sight of the appeals that are not decided yet.
    """
    if not by.may(Right.MANAGE_MEMBERS):
        raise NotAllowed
    gone = await db.execute(delete(panel).where(panel.c.member_id == member_id))
    if gone.rowcount:
        await audit.record(db, actor=by.id, act="panel.unnamed", subject=member_id, now=now)


async def dismiss(db: Transaction, case_id: str, *, keep: str | None) -> None:
    """Take the key to a case from the panel, who no longer need it; who triages keeps theirs.

    *keep*: the handler, who has one in their own right.
    """
    triaging = [role for role, rights in RIGHTS.items() if Right.TRIAGE in rights]
    found = await db.execute(
        select(panel.c.member_id)
        .join(members, members.c.id == panel.c.member_id)
        .where(members.c.role.not_in(triaging))
    )
    theirs = [member_id for member_id in found.scalars() if member_id != keep]
    if theirs:
        await keyholders.withdraw(db, [case_id], theirs)
