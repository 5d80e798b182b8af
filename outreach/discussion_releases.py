"""Who may let tellers be told what came of a discussion, and how it is stopped.

As with broadcasts: to few, one person alone; to more, a second one who wrote nothing of it. It is
judged here, in the transaction that lets it leave, whatever a form brings.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, insert, select, true, update

from channels import ledger
from channels.ledger import outbox
from forum import audit, members
from forum.members import Member, Right
from outreach import approvals, discussions, report_backs
from outreach.discussions import (
    Discussion,
    Moved,
    Outcomes,
    State,
    Talk,
    Wordless,
    discussion_hands,
    discussion_releases,
    discussion_tellings,
)
from storage.unit_of_work import Reads, Transaction

#: Messages that are taken back in one transaction, so that nobody waits for the rest.
AT_A_TIME: Final = 1_000


class Refusal(StrEnum):
    """Why it does not leave."""

    RIGHT = "right"  # no right to triage (any more)
    AUTHOR = "author"  # wrote some of it, or asked
    LATER = "later"  # came to the forum after it was recorded
    SECOND = "second"  # so many people that a second person is needed
    NOBODY = "nobody"  # nobody asked to hear of it


class Refused(Exception):
    """It may not leave by this member's word. *why* says for what reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Release:
    """That somebody asked for it to leave, to so many *people* then, and who let it."""

    content: str
    people: int
    asked_by: str
    asked_at: datetime
    let_by: str | None
    let_at: datetime | None


def content(talk: Talk, texts: Outcomes) -> str:
    """Return what stands for all that is told, and to whom, as 64 hexadecimal digits."""
    about = [talk.subject.kind, talk.subject.value, talk.day.isoformat(), talk.body_id]
    words = [[tag, one.full, one.short] for tag, one in sorted(texts.items())]
    told = json.dumps([about, talk.language, words], ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


async def release_alone(db: Transaction, discussion: str, *, by: Member, now: datetime) -> None:
    """Let it be told without a second person. Raises ``Moved``, ``Wordless`` and ``Refused``."""
    # One after the other: of two at the same moment each would find the day's room for itself.
    me = members.members.c.id == by.id
    await db.execute(select(members.members.c.id).where(me).with_for_update())
    here, people = await _fit(db, discussion, by, now)
    if await approvals.needs_second(db, people, by.id, now):
        raise Refused(Refusal.SECOND)
    await _write(db, here, people, by, now, let_by=by.id, let_at=now)
    await _let(db, here, now)
    await audit.record(db, actor=by.id, act="discussion.told", subject=here.id, now=now)


async def ask(db: Transaction, discussion: str, *, by: Member, now: datetime) -> None:
    """Ask for a second person. Raises ``Moved``, ``Wordless`` and ``Refused``."""
    here, people = await _fit(db, discussion, by, now)
    await _write(db, here, people, by, now)
    await discussions.turn(db, here.id, State.DRAFT, state=State.ASKED)
    await audit.record(db, actor=by.id, act="discussion.asked", subject=here.id, now=now)


async def approve(
    db: Transaction, discussion: str, *, seen: str, by: Member, now: datetime
) -> None:
    """Let it be told, as its second person. *seen*: the ``content`` that they have read.

    Raises ``Moved`` where that is not what is asked for, or is not what it says any more, or where
    far more would hear it by now, and ``Refused``.
    """
    here = await _held(db, discussion)
    asked = await of(db, discussion)
    says = content(here.talk, await discussions.texts_of(db, discussion))
    if here.state is not State.ASKED or asked is None or not asked.content == seen == says:
        raise Moved
    why = await may_be_second(db, here, by)
    if why is not None:
        raise Refused(why)
    if await _people(db, here, now) > asked.people * (1 + approvals.GROWTH):
        raise Moved  # they have seen another number
    let = update(discussion_releases).where(discussion_releases.c.discussion_id == discussion)
    await db.execute(let.values(let_by=by.id, let_at=now))
    await _let(db, here, now)
    await audit.record(db, actor=by.id, act="discussion.told", subject=discussion, now=now)


async def send_back(db: Transaction, discussion: str, *, by: Member, now: datetime) -> None:
    """Make a draft of it again: who asked asks no more, or a second person wants other words.

    Raises ``Moved``, and ``Refused`` for who does not triage.
    """
    await check_right(db, by)
    await discussions.turn(db, discussion, State.ASKED, state=State.DRAFT)
    its = discussion_releases.c.discussion_id == discussion
    await db.execute(delete(discussion_releases).where(its))
    await audit.record(db, actor=by.id, act="discussion.sent_back", subject=discussion, now=now)


async def stop(db: Transaction, discussion: str, *, by: Member, now: datetime) -> None:
    """Let no more of it leave. Raises ``Moved``, and ``Refused`` for who does not triage.

    What waits is taken back by ``take_back``, called until nothing is left.
    """
    await check_right(db, by)
    begun = (State.TELLING, State.TOLD)
    await discussions.turn(db, discussion, *begun, state=State.STOPPING)
    await audit.record(db, actor=by.id, act="discussion.stopped", subject=discussion, now=now)


async def take_back(db: Transaction, discussion: str, now: datetime) -> bool:
    """Take back some of what waits to leave of one that is being stopped; False: that was all."""
    t = discussion_tellings.c
    waits = (
        select(outbox.c.id)
        .join(discussion_tellings, t.outbox_id == outbox.c.id)
        .where(t.discussion_id == discussion, outbox.c.state == ledger.State.PLANNED)
        .order_by(outbox.c.not_before, outbox.c.seq)
        .limit(AT_A_TIME)
    )
    ids = (await db.execute(waits)).scalars().all()
    if ids:
        which, only = outbox.c.id.in_(ids), [ledger.State.PLANNED]
        to, error = ledger.State.CANCELLED, discussions.TAKEN_BACK
        moved = await ledger.move(db, to, which, now=now, only=only, error=error)
        theirs = (t.discussion_id == discussion) & t.outbox_id.in_(moved)
        await db.execute(update(discussion_tellings).where(theirs).values(outbox_id=""))
    if len(ids) == AT_A_TIME:
        return True
    here = discussions.discussions.c
    done = (here.id == discussion) & (here.state == State.STOPPING)
    await db.execute(update(discussions.discussions).where(done).values(state=State.STOPPED))
    return False


async def of(db: Reads, discussion: str) -> Release | None:
    """Return who asked for it to leave, and who let it; None: nobody asked."""
    its = discussion_releases.c.discussion_id == discussion
    row = (await db.execute(select(*_SHOWN).where(its))).mappings().one_or_none()
    return None if row is None else Release(**row)


async def may_be_second(db: Reads, here: Discussion, by: Member) -> Refusal | None:
    """Return why *by* cannot be the second person; None: they can."""
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.TRIAGE):
        return Refusal.RIGHT
    if present.id in await _hands(db, here):
        return Refusal.AUTHOR
    # Whoever left, and was invited again under another address, would be two people.
    return Refusal.LATER if present.joined_at > here.made_at else None


async def check_right(db: Reads, by: Member) -> None:
    """Raise ``Refused`` where *by* does not triage (any more)."""
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.TRIAGE):
        raise Refused(Refusal.RIGHT)


# --- how ----------------------------------------------------------------------------------------


async def _hands(db: Reads, here: Discussion) -> Collection[str]:
    """Return the ids of all who recorded it, wrote any of it, or asked for it to leave."""
    c = discussion_hands.c
    wrote = await db.execute(select(c.member).where(c.discussion_id == here.id))
    asked = await of(db, here.id)
    return {here.made_by, *wrote.scalars(), *([asked.asked_by] if asked else [])}


async def _held(db: Transaction, discussion: str) -> Discussion:
    """Return it, held until the transaction ends. Raises ``Moved`` where there is none."""
    this = discussions.discussions.c.id == discussion
    await db.execute(select(discussions.discussions.c.id).where(this).with_for_update())
    here = await discussions.get(db, discussion)
    if here is None:
        raise Moved
    return here


async def _fit(
    db: Transaction, discussion: str, by: Member, now: datetime
) -> tuple[Discussion, int]:
    """Return a draft that could leave, held, and to how many people at most."""
    await check_right(db, by)
    here = await _held(db, discussion)
    if not here.draft:
        raise Moved
    if here.talk.language not in await discussions.texts_of(db, discussion):
        raise Wordless
    people = await _people(db, here, now)
    if not people:
        raise Refused(Refusal.NOBODY)
    return here, people


async def _people(db: Transaction, here: Discussion, now: datetime) -> int:
    """Count everybody, also whom a member may not know of: they are told all the same."""
    expected = await report_backs.expected(
        db, await db.routes(), here.talk.subject, before=now, known=true()
    )
    return expected.people


async def _write(
    db: Transaction, here: Discussion, people: int, by: Member, now: datetime, **let: Any
) -> None:
    says = content(here.talk, await discussions.texts_of(db, here.id))
    row = {"discussion_id": here.id, "content": says, "people": people}
    asked = {"asked_by": by.id, "asked_at": now}
    await db.execute(insert(discussion_releases).values(**row, **asked, **let))


async def _let(db: Transaction, here: Discussion, now: datetime) -> None:
    await discussions.turn(db, here.id, here.state, state=State.TELLING, released_at=now)


_SHOWN = tuple(discussion_releases.c[name] for name in Release.__dataclass_fields__)
