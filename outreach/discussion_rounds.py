"""What was stopped is taken up anew, for those who were not told.

It is the same discussion, so the marks of who was told hold, and nobody hears of it twice. Only
the marks of messages that were taken back before they left are erased. Who let it before stays
written: the people of that round count as they did, and to leave it needs to be let once more.
"""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, insert

from forum import audit
from forum.members import Member
from outreach import discussion_releases, discussions
from outreach.discussions import State, discussion_rounds, discussion_tellings
from storage.unit_of_work import Transaction


async def take_up(db: Transaction, discussion: str, *, by: Member, now: datetime) -> None:
    """Make a draft of one that was stopped.

    Raises ``Moved``, and ``Refused`` for who does not triage.
    """
    await discussion_releases.check_right(db, by)
    await discussions.turn(db, discussion, State.STOPPED, state=State.DRAFT, told_to="")
    await _close_round(db, discussion)
    t = discussion_tellings.c
    untold = (t.discussion_id == discussion) & (t.outbox_id == "")
    await db.execute(delete(discussion_tellings).where(untold))
    await audit.record(db, actor=by.id, act="discussion.taken_up", subject=discussion, now=now)


async def _close_round(db: Transaction, discussion: str) -> None:
    let = await discussion_releases.of(db, discussion)
    if let is None:
        return  # of before releases were kept
    its = discussions.discussion_releases.c.discussion_id == discussion
    await db.execute(delete(discussions.discussion_releases).where(its))
    row = {"id": uuid4().hex, "discussion_id": discussion, "people": let.people}
    by_whom = {"asked_by": let.asked_by, "let_by": let.let_by, "let_at": let.let_at}
    await db.execute(insert(discussion_rounds).values(**row, **by_whom))
