"""That a body talked about what miners told: when, about what, and what came of it, in words.

A draft can be changed and dropped; who may let it be told is for ``discussion_releases``. Once it
is told it stays as it was told, and each teller hears of it once: a mark that cannot be matched
with any other says who has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from channels import contacts, ledger
from channels.base import Address
from channels.ledger import outbox
from forum import audit
from forum.members import Member
from locales import chain
from outreach.report_backs import Subject
from outreach.voice_marks import Kind
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new
from vault.keyring import Keyring, Purpose

discussions = Table(
    "discussions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("value", String(80), nullable=False),
    Column("day", Date, nullable=False),
    Column("body_id", String(32), nullable=False),  # empty: the forum as a whole
    Column("language", String(16), nullable=False),  # told to whose own language has no words
    Column("state", String(8), nullable=False),
    Column("told_to", String(32), nullable=False),  # the last voice that was looked at
    Column("made_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("released_at", Instant),  # voices that were told later are not meant
    # The same talk is recorded once, so that nobody is told of it twice.
    Index("ix_discussions_talk", "kind", "value", "day", "body_id", unique=True),
    Index("ix_discussions_day", "day", "id"),
)

#: What came of it: meant for everybody, so in clear.
discussion_texts = Table(
    "discussion_texts",
    metadata,
    Column("discussion_id", String(32), ForeignKey("discussions.id"), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("full", Text, nullable=False),
    Column("short", Text, nullable=False),
)

#: Who was told of one. *teller* is another for each discussion.
discussion_tellings = Table(
    "discussion_tellings",
    metadata,
    Column("discussion_id", String(32), ForeignKey("discussions.id"), primary_key=True),
    Column("teller", String(32), primary_key=True),
    Column("language", String(16), nullable=False),  # of the words that were told
    Column("outbox_id", String(32), nullable=False),  # empty: taken back before it left
)

#: Who wrote any of the words, also of those that were written over: none of them is the second
#: person who lets it be told.
discussion_hands = Table(
    "discussion_hands",
    metadata,
    Column("discussion_id", String(32), ForeignKey("discussions.id"), primary_key=True),
    Column("member", String(32), ForeignKey("members.id"), primary_key=True),
)

#: That somebody wants it told, and who let it: the same person alone to few, a second one to more.
discussion_releases = Table(
    "discussion_releases",
    metadata,
    Column("discussion_id", String(32), ForeignKey("discussions.id"), primary_key=True),
    Column("content", String(64), nullable=False),  # what is let, and not which row
    Column("people", Integer, nullable=False),  # how many would have been told then, at most
    Column("asked_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("let_by", String(32), ForeignKey("members.id")),
    Column("let_at", Instant),
    Index("ix_discussion_releases_asked_by", "asked_by", "let_at"),
)

#: Who let it be told before it was taken up anew (``discussion_rounds``): that counts as it did.
discussion_rounds = Table(
    "discussion_rounds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("discussion_id", String(32), nullable=False),  # it may have been dropped since
    Column("people", Integer, nullable=False),
    Column("asked_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("let_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("let_at", Instant, nullable=False),
    Index("ix_discussion_rounds_asked_by", "asked_by", "let_at"),
)

#: Rows on a page.
PAGE: Final = 50

#: Why a message did not leave that staff took back.
TAKEN_BACK: Final = "stopped-by-staff"

#: Kinds of marks under which something can be discussed.
SUBJECTS: Final = (Kind.AGENDA, Kind.THEME, Kind.RULE)


class State(StrEnum):
    """How far it is."""

    DRAFT = "draft"
    ASKED = "asked"  # waits for a second person
    TELLING = "telling"
    TOLD = "told"
    STOPPING = "stopping"  # what waits to leave is being taken back
    STOPPED = "stopped"


class Known(Exception):
    """This talk is recorded already."""


class Moved(Exception):
    """It has gone on meanwhile."""


class Wordless(Exception):
    """What came of it is not written in the language that stands in for the others."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, in one language; *short* for an SMS where it is not empty."""

    full: str
    short: str = ""

    def text(self, *, sms: bool) -> str:
        """Return it as a chat shows it, or as an SMS."""
        return (self.short if sms else "") or self.full


#: By language.
Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Talk:
    """What was discussed, on which day, by whom; *language* stands in for others."""

    subject: Subject
    day: date
    body_id: str
    language: str


@dataclass(frozen=True, slots=True)
class Discussion:
    """One talk, and how far the telling of it is."""

    id: str
    talk: Talk
    state: State
    told_to: str
    made_by: str
    made_at: datetime
    released_at: datetime | None

    @property
    def draft(self) -> bool:
        """Whether nobody was asked yet to let it be told."""
        return self.state is State.DRAFT

    @property
    def open(self) -> bool:
        """Whether nobody has let it be told."""
        return self.state in {State.DRAFT, State.ASKED}


@dataclass(frozen=True, slots=True)
class Standing:
    """How many were told in one language, and what became of the messages.

    *older*: of so many the ledger has no row any more.
    """

    language: str
    people: int
    waiting: int
    left: int
    arrived: int
    failed: int
    taken_back: int = 0

    @property
    def older(self) -> int:
        """How many have left the ledger, or are on their way out of it."""
        known = self.waiting + self.left + self.arrived + self.failed + self.taken_back
        return self.people - known


def wording(texts: Outcomes, language: str, base: str) -> tuple[str, Outcome] | None:
    """Return the words for who speaks *language*, and theirs; None: there are none.

    Their own, then what stands nearest to it, then *base*; English last.
    """
    nearest, last = chain(language)[:-1] or (language,), chain(language)[-1]
    found = (tag for tag in (*nearest, base, last, *sorted(texts)) if tag in texts)
    tag = next(found, None)
    return None if tag is None else (tag, texts[tag])


async def begin(db: Transaction, talk: Talk, *, by: Member, now: datetime) -> str:
    """Record a talk as a draft; return its id. Raises ``Known``."""
    made = uuid4().hex
    row = {
        "id": made,
        **_columns(talk),
        "state": State.DRAFT,
        "told_to": "",
        "made_by": by.id,
        "made_at": now,
        "released_at": None,
    }
    if (await db.execute(insert_new(db, discussions), row)).rowcount != 1:
        raise Known
    await audit.record(db, actor=by.id, act="discussion.begun", subject=made, now=now)
    return made


async def write(
    db: Transaction, discussion: str, language: str, texts: Outcomes, *, by: Member, now: datetime
) -> None:
    """Keep what came of it, in place of what stood there: a draft again. Raises ``Moved``."""
    await turn(db, discussion, *_OPEN, state=State.DRAFT, language=language)
    await _erase(db, discussion, discussion_texts, discussion_releases)
    hand = {"discussion_id": discussion, "member": by.id}
    await db.execute(insert_new(db, discussion_hands), hand)
    rows = [
        {"discussion_id": discussion, "language": tag, "full": one.full, "short": one.short}
        for tag, one in texts.items()
        if one.full
    ]
    if rows:
        await db.execute(insert(discussion_texts), rows)
    await audit.record(db, actor=by.id, act="discussion.written", subject=discussion, now=now)


async def drop(db: Transaction, discussion: str, *, by: Member, now: datetime) -> None:
    """Forget a draft. Raises ``Moved``, also for one that somebody was told before."""
    await turn(db, discussion, *_OPEN, told_to="")
    if await told_before(db, discussion):
        raise Moved
    await _erase(db, discussion, discussion_texts, discussion_releases, discussion_hands)
    await db.execute(delete(discussions).where(discussions.c.id == discussion))
    await audit.record(db, actor=by.id, act="discussion.dropped", subject=discussion, now=now)


async def turn(db: Transaction, discussion: str, *here: State, **values: Any) -> None:
    """Keep *values* of one that stands in one of the states *here*. Raises ``Moved``."""
    c = discussions.c
    this = (c.id == discussion) & c.state.in_(here)
    if (await db.execute(update(discussions).where(this).values(values))).rowcount != 1:
        raise Moved


#: Nobody has let it be told.
_OPEN: Final = (State.DRAFT, State.ASKED)


async def _erase(db: Transaction, discussion: str, *tables: Table) -> None:
    for table in tables:
        await db.execute(delete(table).where(table.c.discussion_id == discussion))


def _columns(talk: Talk) -> dict[str, Any]:
    return {
        "kind": talk.subject.kind,
        "value": talk.subject.value,
        "day": talk.day,
        "body_id": talk.body_id,
        "language": talk.language,
    }


# --- read ---------------------------------------------------------------------------------------


async def get(db: Reads, discussion: str) -> Discussion | None:
    """Return one; None: there is none."""
    this = select(discussions).where(discussions.c.id == discussion)
    row = (await db.execute(this)).one_or_none()
    return None if row is None else _discussion(row)


async def recent(db: Reads, *, page: int = 0) -> Sequence[Discussion]:
    """Return a page of them and one more, the latest day first; *page* counts from 0."""
    latest = select(discussions).order_by(discussions.c.day.desc(), discussions.c.id)
    rows = await db.execute(latest.offset(page * PAGE).limit(PAGE + 1))
    return [_discussion(row) for row in rows]


async def texts_of(db: Reads, discussion: str) -> Outcomes:
    """Return what came of it, by language."""
    c = discussion_texts.c
    rows = await db.execute(
        select(c.language, c.full, c.short).where(c.discussion_id == discussion)
    )
    return {row.language: Outcome(row.full, row.short) for row in rows}


async def to_tell(db: Reads) -> Sequence[str]:
    """Return the ids of those that are being told."""
    telling = select(discussions.c.id).where(discussions.c.state == State.TELLING)
    return (await db.execute(telling.order_by(discussions.c.released_at))).scalars().all()


async def to_take_back(db: Reads) -> Sequence[str]:
    """Return the ids of those that are being stopped."""
    stopping = select(discussions.c.id).where(discussions.c.state == State.STOPPING)
    return (await db.execute(stopping)).scalars().all()


async def let_alone(db: Reads, by: str, since: datetime) -> int:
    """Return to how many people the member *by* alone had told something after *since*."""
    people = 0
    for table in (discussion_releases, discussion_rounds):
        c = table.c
        alone = (c.asked_by == by) & (c.let_by == by) & (c.let_at > since)
        summed = select(func.coalesce(func.sum(c.people), 0)).where(alone)
        people += (await db.execute(summed)).scalar_one()
    return people


async def told_before(db: Reads, discussion: str) -> bool:
    """Whether somebody was told of it: for a draft, before it was stopped and taken up anew."""
    c = discussion_tellings.c
    told = select(c.teller).where(c.discussion_id == discussion).limit(1)
    return (await db.execute(told)).first() is not None


async def standings(db: Reads, discussion: str) -> Sequence[Standing]:
    """Return how far it has come, by the language of its words."""
    t, row = discussion_tellings.c, outbox.c

    def of(*states: ledger.State) -> Any:
        return func.count(row.id).filter(row.state.in_(sorted(states)))

    of_staff = func.count().filter(t.outbox_id == "")
    counted = (
        select(
            t.language,
            func.count().label("people"),
            of(ledger.State.PLANNED).label("waiting"),
            of(*_LEFT).label("left"),
            of(ledger.State.DELIVERED).label("arrived"),
            of(*ledger.DEAD, ledger.State.CANCELLED).label("failed"),
            of_staff.label("taken_back"),
        )
        .select_from(discussion_tellings.outerjoin(outbox, row.id == t.outbox_id))
        .where(t.discussion_id == discussion)
        .group_by(t.language)
        .order_by(t.language)
    )
    return [Standing(**found._asdict()) for found in await db.execute(counted)]


_LEFT = (ledger.State.SUBMITTING, ledger.State.ACCEPTED, ledger.State.UNKNOWN)


def _discussion(row: Any) -> Discussion:
    subject = Subject(Kind(row.kind), row.value)
    talk = Talk(subject, row.day, row.body_id, row.language)
    return Discussion(
        row.id,
        talk,
        State(row.state),
        row.told_to,
        row.made_by,
        row.made_at,
        row.released_at,
    )


# --- told ---------------------------------------------------------------------------------------


async def held(db: Transaction, discussion: str) -> Discussion | None:
    """Return one that is being told, held until the transaction ends; None: it is told."""
    this = (discussions.c.id == discussion) & (discussions.c.state == State.TELLING)
    found = await db.execute(select(discussions).where(this).with_for_update())
    row = found.one_or_none()
    return None if row is None else _discussion(row)


async def first_time(
    db: Transaction, keyring: Keyring, discussion: str, address: Address, *, language: str
) -> str | None:
    """Mark that *address* is told of it; return the mark, None: it was told before.

    To be called in the transaction that writes the message down, and ``leaves`` after it.
    """
    teller = keyring.pseudonym(Purpose.VOICE, discussion, contacts.pseudonym(keyring, address))
    row = {"discussion_id": discussion, "teller": teller, "language": language, "outbox_id": ""}
    done = await db.execute(insert_new(db, discussion_tellings), row)
    return teller if done.rowcount == 1 else None


async def leaves(db: Transaction, discussion: str, teller: str, outbox_id: str) -> None:
    """Note which row of the ledger carries the words to whom ``first_time`` marked."""
    c = discussion_tellings.c
    this = (c.discussion_id == discussion) & (c.teller == teller)
    await db.execute(update(discussion_tellings).where(this).values(outbox_id=outbox_id))


async def went_on(db: Transaction, discussion: str, last: str | None) -> None:
    """Remember that all voices up to *last* were looked at; None: that were all of them."""
    values = {"state": State.TOLD} if last is None else {"told_to": last}
    await db.execute(update(discussions).where(discussions.c.id == discussion).values(values))
