"""Stops a broadcast, lets it go on, or ends it: everywhere at once, and who said so.

The sender asks twice a second what may leave (``channels.sender``), so what is written here holds
within two.
"""

from collections.abc import Sequence
from datetime import datetime

from channels import broadcasts
from channels.broadcasts import Broadcast
from channels.broadcasts import State as Leaving
from forum import audit, members
from forum.members import Member, NotAllowed, Right
from outreach import announcements, runs
from outreach.announcements import Announcement, Changed, State
from storage.unit_of_work import Transaction


async def pause(db: Transaction, announcement: str, *, by: Member, now: datetime) -> None:
    """Let nothing more of it leave, in no zone. Raises ``Changed`` and ``NotAllowed``.

    One that has begun, and whose next time waits for a second person, goes on waiting for them.
    """
    if _waits_begun(await announcements.held(db, announcement)):
        await _check(db, by)
        its = await runs.its_broadcasts(db, announcement)
    else:
        its = await _moved(db, announcement, State.PAUSED, by, now)
    for one in its:
        await broadcasts.pause(db, one.id, now)
    await audit.record(db, actor=by.id, act="broadcast.paused", subject=announcement, now=now)


async def resume(db: Transaction, announcement: str, *, by: Member, now: datetime) -> None:
    """Let it go on: what was paused by hand, and what stopped by itself.

    What was not ready when it was paused, and is by now, leaves too. Raises ``Changed`` and
    ``NotAllowed``.
    """
    this = await announcements.held(db, announcement)
    if this.state is State.PAUSED:
        its = await _moved(db, announcement, State.APPROVED, by, now)
    else:  # one zone of it may have stopped by itself (``channels.upkeep``)
        await _check(db, by)
        its = await runs.its_broadcasts(db, announcement)
        stopped = any(one.state is Leaving.PAUSED for one in its)
        if not (this.state is State.APPROVED or _waits_begun(this)) or not stopped:
            raise Changed
    for one in its:
        ready = one.state is Leaving.WAITING and one.planned_at is not None
        if ready or one.state is Leaving.PAUSED:
            await broadcasts.release(db, one.id, now)
    await audit.record(db, actor=by.id, act="broadcast.resumed", subject=announcement, now=now)


async def cancel(db: Transaction, announcement: str, *, by: Member, now: datetime) -> None:
    """Let nothing more of it leave, ever; a draft is put away. Raises as ``pause``."""
    await _moved(db, announcement, State.CANCELLED, by, now)
    await runs.cancel(db, announcement, now)
    await audit.record(db, actor=by.id, act="broadcast.cancelled", subject=announcement, now=now)


async def _moved(
    db: Transaction, announcement: str, to: State, by: Member, now: datetime
) -> Sequence[Broadcast]:
    await announcements.held(db, announcement)
    await _check(db, by)
    if not await announcements.move(db, announcement, to, by=by.id, now=now):
        raise Changed
    return await runs.its_broadcasts(db, announcement)


def _waits_begun(this: Announcement) -> bool:
    return this.state is State.ASKED and this.began_at is not None


async def _check(db: Transaction, by: Member) -> None:
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.STEER_DELIVERY):
        raise NotAllowed
