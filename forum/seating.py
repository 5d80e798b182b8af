"""Who sits where: a member takes a seat of a body, and so sits for that body."""

from datetime import datetime

from sqlalchemy import delete

from forum import audit, members
from forum.bodies import Seat, seating
from forum.members import Member
from storage.unit_of_work import Transaction
from storage.upsert import insert


async def sit(db: Transaction, member: Member, seat: Seat, *, by: Member, now: datetime) -> bool:
    """Let a member sit on a seat; whether they sit for another body from now on.

    Whoever sits for another body is to be kept out of what names it: the caller sees to that, as
    for ``members.change_body``. Raises ``NotAllowed``, also for oneself.
    """
    moved = member.body_id != seat.body_id
    await members.change_body(db, member.id, seat.body_id, by=by, now=now)
    values = {"seat_id": seat.id, "at": now}
    taken = insert(db, seating).values(member_id=member.id, **values)
    await db.execute(taken.on_conflict_do_update(index_elements=["member_id"], set_=values))
    await audit.record(db, actor=by.id, act="member.seat", subject=member.id, now=now)
    return moved


async def stand(db: Transaction, member: Member, *, by: Member, now: datetime) -> None:
    """Let a member leave their seat; they sit for the body all the same.

    Raises ``NotAllowed``.
    """
    await members.check_reach(db, member.id, by)
    if member.id == by.id:
        raise members.NotAllowed
    await db.execute(delete(seating).where(seating.c.member_id == member.id))
    await audit.record(db, actor=by.id, act="member.seat", subject=member.id, now=now)
