"""A second person: who may let a broadcast leave, and how often that has to be asked.

What is approved is a content and not a row: with another word or another recipient there is no
approval any more. All of it is judged here, in the transaction that lets it leave; a page only
asks, so that no form, however it is made, gets past it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)

from channels.ways import Way
from forum import audit, members
from forum.members import Member, Right
from outreach import announcements, called, discussions, estimates, runs, terms, trials, wording
from outreach.announcements import Announcement, Changed, State
from outreach.recipients import Zones
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

announcement_approvals = Table(
    "announcement_approvals",
    metadata,
    Column("id", Integer, primary_key=True),  # the last one asked is the one that counts
    Column("announcement", String(32), ForeignKey("announcements.id"), nullable=False),
    Column("content", String(64), nullable=False),
    Column("people", Integer, nullable=False),  # who would have got it then
    Column("asked_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("decided_by", String(32), ForeignKey("members.id")),
    Column("decided_at", Instant),
    Column("untried", String(200)),  # why nobody had it on a phone before it was asked for
    Index("ix_announcement_approvals_announcement", "announcement"),
    Index("ix_announcement_approvals_asked_by", "asked_by", "asked_at"),
)

#: What left by one person's word, as it was counted when it began. The last day alone is kept.
alone_begun = Table(
    "alone_begun",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("announcement", String(32), ForeignKey("announcements.id"), nullable=False),
    Column("member", String(32), ForeignKey("members.id"), nullable=False),
    Column("people", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_alone_begun_member", "member", "at"),
)

#: By so much an audience may grow after it was approved.
GROWTH: Final = 0.10

#: Characters of why it was not tried.
MOST_UNTRIED: Final = 200

#: What one person lets leave alone is counted together over this time.
ALONE_WITHIN: Final = timedelta(days=1)


class Outcome(StrEnum):
    """What came of it."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    VOID = "void"  # it was changed meanwhile
    ALONE = "alone"  # so few people that nobody else was asked


class Refusal(StrEnum):
    """Why it does not leave."""

    RIGHT = "right"  # no right to broadcast (any more)
    AUTHOR = "author"  # wrote some of it, or asked
    LATER = "later"  # came to the forum after it was written
    SECOND = "second"  # so many people that a second person is needed
    NOBODY = "nobody"  # nobody is in its audience
    UNFIT = "unfit"  # its words are not whole
    OVER = "over"  # all its times have passed
    UNTRIED = "untried"  # nobody has had its words on a phone, and nobody says why


class Refused(Exception):
    """It may not leave by this member's word. *why* says for what reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Approval:
    """One time that somebody asked, or let it leave alone."""

    id: int
    content: str
    people: int
    asked_by: str
    asked_at: datetime
    outcome: Outcome
    decided_by: str | None
    decided_at: datetime | None
    untried: str | None


@dataclass(frozen=True, slots=True)
class Office:
    """What a decision is made by: the lines, the zones of people, and the forum's own zone."""

    ways: Mapping[str, Way]
    zones: Zones
    zone: tzinfo


async def ask(
    db: Transaction,
    announcement: str,
    *,
    edition: int,
    office: Office,
    by: Member,
    now: datetime,
    untried: str = "",
) -> None:
    """Ask for a second person. Raises ``Changed`` and ``Refused``.

    *untried*: why nobody has had its present words on a phone, for the second person to read.
    """
    this, people = await _fit(db, announcement, edition, office, by, now)
    tried = await trials.any_of(db, this.id, await announcements.texts(db, this.id))
    if not (tried or untried):
        raise Refused(Refusal.UNTRIED)
    if not await announcements.move(db, this.id, State.ASKED, by=by.id, now=now):
        raise Changed
    await _void(db, this.id, now)
    why = None if tried else untried[:MOST_UNTRIED]
    await _write(db, this, people, Outcome.ASKED, by.id, now, why)
    await audit.record(db, actor=by.id, act="broadcast.asked", subject=this.id, now=now)


async def approve(
    db: Transaction,
    announcement: str,
    *,
    content: str,
    office: Office,
    by: Member,
    now: datetime,
) -> None:
    """Let it leave, as its second person. *content*: what they have seen.

    Raises ``Changed`` where that is not what is asked for, or not what it says any more, and
    ``Refused``.
    """
    this = await announcements.held(db, announcement)
    asked = await open_of(db, announcement)
    now_says = await content_of(db, this)
    if this.state is not State.ASKED or asked is None:
        raise Changed
    if not asked.content == content == now_says:
        raise Changed
    await _check_second(db, this, asked, by)
    await _check_times(db, this, office, now)
    people = await _people(db, this, office, now)
    if people > asked.people * (1 + GROWTH):
        raise Changed  # they have seen another number
    await _decide(db, asked, Outcome.APPROVED, by, now)
    await _let_leave(db, this, office, by, now)
    await audit.record(db, actor=by.id, act="broadcast.approved", subject=this.id, now=now)


async def decline(db: Transaction, announcement: str, *, by: Member, now: datetime) -> None:
    """Send it back to who wrote it; one that has begun is cancelled.

    Raises ``Changed`` and ``Refused`` (for its authors).
    """
    this = await announcements.held(db, announcement)
    asked = await _asked(db, this)
    await _check_second(db, this, asked, by)
    await _back(db, this, asked, Outcome.DECLINED, by, now)


async def withdraw(db: Transaction, announcement: str, *, by: Member, now: datetime) -> None:
    """Ask no more; one that has begun is cancelled.

    Raises ``Changed``, and ``Refused`` for who may not broadcast.
    """
    this = await announcements.held(db, announcement)
    asked = await _asked(db, this)
    await _check_right(db, by)
    await _back(db, this, asked, Outcome.WITHDRAWN, by, now)


async def release_alone(
    db: Transaction,
    announcement: str,
    *,
    edition: int,
    office: Office,
    by: Member,
    now: datetime,
) -> None:
    """Let it leave without a second person. Raises ``Changed`` and ``Refused``."""
    this, people = await _fit(db, announcement, edition, office, by, now)
    await _one_at_a_time(db, by.id)
    if await needs_second(db, people, by.id, now, but=this.id):
        raise Refused(Refusal.SECOND)
    await _void(db, this.id, now)
    await _write(db, this, people, Outcome.ALONE, by.id, now)
    await _let_leave(db, this, office, by, now)
    await audit.record(db, actor=by.id, act="broadcast.released", subject=this.id, now=now)


async def needs_second(db: Reads, people: int, by: str, now: datetime, *, but: str = "") -> bool:
    """Whether the member *by* may not let it leave to so many *people* alone.

    What they let leave alone within a day is added up, report-backs of discussions too: ten small
    ones are one large one. Each counts as it was let or as it began, whichever was more; *but*:
    the one that is asked about.
    """
    let, began, since = announcement_approvals.c, alone_begun.c, now - ALONE_WITHIN
    each = union_all(
        select(let.announcement, let.people).where(
            let.asked_by == by, let.asked_at > since, let.outcome == Outcome.ALONE
        ),
        select(began.announcement, began.people).where(began.member == by, began.at > since),
    ).subquery()
    most = select(func.max(each.c.people).label("people")).where(each.c.announcement != but)
    one = most.group_by(each.c.announcement).subquery()
    before = select(func.coalesce(func.sum(one.c.people), 0))
    written = int((await db.execute(before)).scalar_one())
    written += await discussions.let_alone(db, by, now - ALONE_WITHIN)
    return written + people > (await terms.read(db)).alone_up_to


async def still_holds(db: Transaction, this: Announcement, office: Office, now: datetime) -> bool:
    """Whether it may leave now as it was let; if not, it is asked for again, or put back.

    Called by whoever makes its rows, in the transaction that begins to.
    """
    last = await _last(db, this.id)
    if last is None or last.content != await content_of(db, this):
        await _put_back(db, this, None, now)
        await audit.record(db, actor="system", act="broadcast.void", subject=this.id, now=now)
        return False
    people = await _people(db, this, office, now)
    if last.outcome is Outcome.ALONE:
        why, fits = "alone", await _fits_alone(db, this.id, people, last.asked_by, now)
    else:
        why, fits = "grown", people <= last.people * (1 + GROWTH)
    if fits:
        return True
    await announcements.move(db, this.id, State.ASKED, by=None, now=now, why=why)
    await _write(db, this, people, Outcome.ASKED, last.asked_by, now, last.untried)
    await audit.record(db, actor="system", act="broadcast.grown", subject=this.id, now=now)
    return False


async def content_of(db: Reads, this: Announcement) -> str:
    """Return the content of what is kept of it now, with the recordings that are heard of it."""
    sounds = {key: one.sound_id for key, one in (await called.heard(db, this)).items()}
    ours = (await called.phrases(db, this)).items()
    sounds |= {(tag, f"call {phrase}"): one.sound for (tag, phrase), one in ours}
    chats = (await called.aloud(db, this)).items()
    sounds |= {(tag, f"chat {number}"): sound for (number, tag), sound in chats}
    return announcements.content(this.draft, await announcements.texts(db, this.id), sounds)


async def open_of(db: Reads, announcement: str) -> Approval | None:
    """Return what waits for a second person; None: nothing does."""
    last = await _last(db, announcement)
    return last if last is not None and last.outcome is Outcome.ASKED else None


async def of(db: Reads, announcement: str) -> Sequence[Approval]:
    """Return every time that somebody asked or decided, the newest first."""
    columns = announcement_approvals.c
    found = select(*_SHOWN).where(columns.announcement == announcement)
    rows = (await db.execute(found.order_by(columns.id.desc()))).mappings()
    return [Approval(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


async def may_be_second(db: Reads, this: Announcement, by: Member) -> Refusal | None:
    """Return why *by* cannot be the second person; None: they can."""
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.BROADCAST):
        return Refusal.RIGHT
    if present.id in await announcements.authors(db, this.id):
        return Refusal.AUTHOR
    # Whoever left, and was invited again under another address, would be two people.
    return Refusal.LATER if present.joined_at > this.made_at else None


# --- how ----------------------------------------------------------------------------------------


async def _fit(
    db: Transaction,
    announcement: str,
    edition: int,
    office: Office,
    by: Member,
    now: datetime,
) -> tuple[Announcement, int]:
    """Return a draft that could leave, held, and how many would get it."""
    this = await announcements.held(db, announcement)
    if this.state is not State.DRAFT or this.edition != edition:
        raise Changed
    await _check_right(db, by)
    texts = await announcements.texts(db, announcement)
    if wording.flaws(this.draft, texts) or this.draft.schedule.flaws():
        raise Refused(Refusal.UNFIT)
    await _check_times(db, this, office, now)
    people = await _people(db, this, office, now)
    if people == 0:
        raise Refused(Refusal.NOBODY)
    return this, people


async def _fits_alone(
    db: Transaction, announcement: str, people: int, by: str, now: datetime
) -> bool:
    """Whether it may begin by the word of *by* alone, as the day stands now; if so, note it."""
    await _one_at_a_time(db, by)
    if await needs_second(db, people, by, now, but=announcement):
        return False
    of = alone_begun.c
    await db.execute(delete(alone_begun).where(of.member == by, of.at <= now - ALONE_WITHIN))
    row = {"announcement": announcement, "member": by, "people": people, "at": now}
    await db.execute(insert(alone_begun).values(row))
    return True


async def _one_at_a_time(db: Transaction, member: str) -> None:
    """Let two at the same moment not each find the day's room for itself."""
    me = members.members.c.id == member
    await db.execute(select(members.members.c.id).where(me).with_for_update())


async def _people(db: Reads, this: Announcement, office: Office, now: datetime) -> int:
    groups = await estimates.groups_of(db, this, office.zones, office.ways, now=now)
    return estimates.reached(groups, office.ways)


async def _check_times(db: Reads, this: Announcement, office: Office, now: datetime) -> None:
    """Raise ``Refused`` where it would not leave any more, or only after its survey is over."""
    if not await runs.to_come(db, this, office.zone, now):
        raise Refused(Refusal.OVER)


async def _let_leave(
    db: Transaction, this: Announcement, office: Office, by: Member, now: datetime
) -> None:
    if not await announcements.move(db, this.id, State.APPROVED, by=by.id, now=now):
        raise Changed
    await runs.plan_out(db, this, office.zone, now)


async def _check_right(db: Reads, by: Member) -> None:
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.BROADCAST):
        raise Refused(Refusal.RIGHT)


async def _check_second(db: Reads, this: Announcement, asked: Approval, by: Member) -> None:
    why = await may_be_second(db, this, by)
    if why is None and asked.asked_by == by.id:
        why = Refusal.AUTHOR
    if why is not None:
        raise Refused(why)


async def _asked(db: Transaction, this: Announcement) -> Approval:
    asked = await open_of(db, this.id)
    if this.state is not State.ASKED or asked is None:
        raise Changed
    return asked


async def _back(
    db: Transaction,
    this: Announcement,
    asked: Approval,
    outcome: Outcome,
    by: Member,
    now: datetime,
) -> None:
    if not await _put_back(db, this, by.id, now):
        raise Changed
    await _decide(db, asked, outcome, by, now)
    act = "broadcast.declined" if outcome is Outcome.DECLINED else "broadcast.withdrawn"
    await audit.record(db, actor=by.id, act=act, subject=this.id, now=now)


async def _put_back(db: Transaction, this: Announcement, by: str | None, now: datetime) -> bool:
    """Make a draft of it again; of one that has begun nothing more leaves. As ``move``."""
    begun = this.began_at is not None
    if begun:
        await runs.cancel(db, this.id, now)
    to = State.CANCELLED if begun else State.DRAFT
    return await announcements.move(db, this.id, to, by=by, now=now)


async def _write(
    db: Transaction,
    this: Announcement,
    people: int,
    outcome: Outcome,
    by: str,
    now: datetime,
    untried: str | None = None,
) -> None:
    values: dict[str, Any] = {
        "announcement": this.id,
        "content": await content_of(db, this),
        "people": people,
        "asked_by": by,
        "asked_at": now,
        "outcome": outcome,
        "untried": untried,
    }
    await db.execute(insert(announcement_approvals).values(**values))


async def _decide(
    db: Transaction, asked: Approval, outcome: Outcome, by: Member, now: datetime
) -> None:
    open_ = (announcement_approvals.c.id == asked.id) & (
        announcement_approvals.c.outcome == Outcome.ASKED
    )
    values = {"outcome": outcome, "decided_by": by.id, "decided_at": now}
    done = await db.execute(update(announcement_approvals).where(open_).values(values))
    if done.rowcount != 1:
        raise Changed


async def _void(db: Transaction, announcement: str, now: datetime) -> None:
    """Let go of what was asked for an earlier edition."""
    columns = announcement_approvals.c
    open_ = (columns.announcement == announcement) & (columns.outcome == Outcome.ASKED)
    values = {"outcome": Outcome.VOID, "decided_at": now}
    await db.execute(update(announcement_approvals).where(open_).values(values))


async def _last(db: Reads, announcement: str) -> Approval | None:
    return next(iter(await of(db, announcement)), None)


_SHOWN = tuple(announcement_approvals.c[name] for name in Approval.__dataclass_fields__)
