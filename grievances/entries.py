"""The thread of a case: everything that was said in it, sealed to the case's own key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)

from forum import attachments
from forum.attachments import Offer
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault import codes
from vault.keyring import Keyring
from vault.seals import CannotOpen, pair_of, seal, unseal

entries = Table(
    "entries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("audience", String(16), nullable=False),
    Column("author", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sealed", Sealed, nullable=False),
    Column("delivered_at", Instant),
    Column("read_at", Instant),
    # A copy of what was said in a duplicate of this case: which one. It goes when they part.
    Column("from_case", String(32)),
    UniqueConstraint("case_id", "n"),
)

#: Entries on one page of a long thread.
PART = 30

#: Authors that are no member of staff.
REPORTER = "reporter"
SYSTEM = "system"


class Audience(StrEnum):
    """Who may read an entry."""

    REPORTER = "reporter"  # the reporter, and whoever may see the case
    INTERNAL = "internal"  # only whoever may see the case


class Kind(StrEnum):
    """What an entry is."""

    TEXT = "text"
    ATTACHMENT = "attachment"  # something that was sent with no words
    PLACE = "place"
    NUMBER = "number"  # where to call back
    STATUS = "status"  # why the case moved


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """An entry before it is sealed. Never printed."""

    text: str
    kind: Kind = Kind.TEXT
    author: str = REPORTER
    audience: Audience = Audience.REPORTER
    from_case: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """An entry, opened; *text* None: this key does not open it.

    *from_case*: the duplicate of this case whose reporter said it; None: this one's own.
    """

    id: str
    n: int
    at: datetime
    audience: Audience
    author: str
    kind: Kind
    text: str | None
    delivered_at: datetime | None
    read_at: datetime | None
    from_case: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a thread: the entries from number *first* to *last*.

    *later_from* is when the entry after them was written; None: they are the newest.
    """

    first: int
    last: int
    later_from: datetime | None = None

    @property
    def earlier(self) -> int | None:
        """The number of the entry before them; None: they are the oldest."""
        return self.first - 1 or None


async def write(
    db: Transaction, case_id: str, public_key: bytes, draft: Draft, now: datetime
) -> str:
    """Add *draft* to the thread and return its id. The caller holds the case's row."""
    entry_id = uuid4().hex
    await db.execute(
        _WRITTEN,
        {
            "id": entry_id,
            "case_id": case_id,
            "of_case": case_id,
            "at": now,
            "audience": draft.audience,
            "author": draft.author,
            "kind": draft.kind,
            "from_case": draft.from_case,
            "sealed": seal(public_key, encoded(draft.text), context=_context(entry_id)),
        },
    )
    return entry_id


_NEXT = select(func.coalesce(func.max(entries.c.n), 0) + 1).where(
    entries.c.case_id == bindparam("of_case")
)
_WRITTEN = insert(entries).values(n=_NEXT.scalar_subquery())


async def hear(
    db: Transaction,
    keyring: Keyring,
    case_id: str,
    public_key: bytes,
    text: str,
    offers: Sequence[Offer],
    *,
    channel: str,
    now: datetime,
) -> None:
    """Add what the reporter said, and have fetched what came with it from *channel*.

    A receipt code that was typed in the text is cut out: nobody but the reporter needs it.
    """
    entry_id = await write(db, case_id, public_key, spoken(text), now)
    await attachments.expect(
        db,
        keyring,
        offers,
        subject=case_id,
        entry_id=entry_id,
        public_key=public_key,
        channel=channel,
        now=now,
    )


def spoken(text: str) -> Draft:
    """Return the reporter's words as an entry, without any receipt code in them."""
    bare, _ = codes.cut(text)
    return Draft(bare, Kind.TEXT if bare else Kind.ATTACHMENT)


def encoded(text: str) -> bytes:
    """Return *text* as bytes; half a surrogate pair, which no text should hold, becomes «?»."""
    return text.encode("utf-8", "replace")


async def read(
    db: Reads, case_id: str, private: bytes, part: Part | None = None
) -> Sequence[Entry]:
    """Return the thread, or a part of it, oldest first, opened with the case's private key."""
    its = select(entries).where(entries.c.case_id == case_id)
    if part is not None:
        its = its.where(entries.c.n.between(part.first, part.last))
    public = pair_of(private).public
    found = await db.execute(its.order_by(entries.c.n))
    return [_opened(row, private, public) for row in found]


async def part_with(db: Reads, case_id: str, n: int | None = None) -> Part:
    """Return the part of a thread in which entry *n* stands; None: the newest.

    Parts are counted from the newest entry on, so that the newest part is always a full one.
    """
    its = entries.c.case_id == case_id
    newest = (await db.execute(select(func.max(entries.c.n)).where(its))).scalar() or 0
    behind = newest - min(max(n, 1), newest) if n is not None else 0
    last = newest - behind // PART * PART
    later = None
    if last < newest:
        later = (
            await db.execute(select(entries.c.at).where(its, entries.c.n == last + 1))
        ).scalar()
    return Part(max(last - PART + 1, 1), last, later)


async def newest_word(db: Reads, case_id: str) -> str:
    """Return the id of the last thing that the reporter wrote; empty when there is none."""
    theirs = (entries.c.case_id == case_id) & (entries.c.author == REPORTER)
    newest = select(entries.c.id).where(theirs).order_by(entries.c.n.desc()).limit(1)
    return (await db.execute(newest)).scalar() or ""


def text_of(row: Any, private: bytes, public: bytes | None = None) -> str | None:
    """Return the words of an entry's row (its *id* and *sealed*); None: this key opens it not.

    *public* is the other half of *private*, which whoever opens many has at hand.
    """
    try:
        return unseal(private, row.sealed, context=_context(row.id), public=public).decode()
    except CannotOpen:
        # One damaged entry must not hide the rest of the thread.
        return None


def _opened(row: Any, private: bytes, public: bytes) -> Entry:
    return Entry(
        id=row.id,
        n=row.n,
        at=row.at,
        audience=Audience(row.audience),
        author=row.author,
        kind=Kind(row.kind),
        text=text_of(row, private, public),
        delivered_at=row.delivered_at,
        read_at=row.read_at,
        from_case=row.from_case,
    )


@dataclass(frozen=True, slots=True, repr=False)
class SealedWords:
    """What a reporter said, closed; ``opened`` costs time."""

    case_id: str
    id: str
    sealed: bytes

    def opened(self, private: bytes) -> str | None:
        """Return the words; None: this key does not open them."""
        return text_of(self, private)


#: A report is told in the first few messages.
_FIRST = 5


async def first_words(db: Reads, case_ids: Sequence[str]) -> Sequence[SealedWords]:
    """Return what the reporters of some cases said at first, with one query."""
    c = entries.c
    told = (c.author == REPORTER) & (c.kind == Kind.TEXT) & c.from_case.is_(None)
    found = await db.execute(
        select(c.case_id, c.id, c.sealed).where(c.case_id.in_(case_ids), told, c.n <= _FIRST)
    )
    return [SealedWords(*row) for row in found]


async def mark_read(db: Transaction, ids: Sequence[str], now: datetime) -> None:
    """Note that these were handed to the reporter; the first time counts."""
    await _mark(db, ids, "read_at", now)


async def mark_delivered(db: Transaction, ids: Sequence[str], now: datetime) -> None:
    """Note that these reached the reporter's phone; the first time counts."""
    await _mark(db, ids, "delivered_at", now)


async def _mark(db: Transaction, ids: Sequence[str], column: str, now: datetime) -> None:
    await db.execute(
        update(entries)
        .where(entries.c.id.in_(ids), entries.c[column].is_(None))
        .values({column: now})
    )


def _context(entry_id: str) -> str:
    return f"entries.sealed|{entry_id}"
