"""Search in the words of cases. They are sealed, so to search is to open: the newest case first.

One round opens so much and no more; the next goes on where it ended. Nothing is kept of what was
looked for, nor of what was opened.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Self, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    exists,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
)

from forum import keyholders
from forum.key_shares import key_shares
from forum.members import Member
from grievances.case import STANDS_OPEN, cases
from grievances.caseload import visible_to
from grievances.entries import Kind, entries, text_of
from grievances.matching import Piece, Words
from storage.base import EPOCH, MICROSECOND, Instant
from storage.unit_of_work import Reads
from vault.seals import CannotOpen

#: Entries that one round opens at most: about a second of one core.
ROUND = 10_000

#: Entries that are fetched, and opened, at a time.
PIECE = 2_000

#: Threads that open beside each other.
HANDS = 2

#: Hits that one round shows; then it ends where the last of them stands.
HITS = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, and in which cases: in all of them where nothing is said."""

    words: Words
    open_only: bool = False
    site_id: str | None = None
    category: str | None = None
    since: datetime | None = None  # received then or later


@dataclass(frozen=True, slots=True)
class Place:
    """Up to which entry, and of which case, everything has been looked at."""

    received_at: datetime
    case_id: str
    n: int

    def __str__(self) -> str:
        return f"{(self.received_at - EPOCH) // MICROSECOND}-{self.case_id}-{self.n}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what ``str`` wrote; a damaged one is none, and begins with the newest case."""
        try:
            received, case_id, n = text.split("-")
            place = cls(EPOCH + int(received) * MICROSECOND, case_id, int(n))
        except (ValueError, OverflowError):
            return None
        return place if case_id.isalnum() and 0 <= place.n < 2**31 else None


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """An entry in which the words were found."""

    reference: str
    category: str | None
    state: str
    n: int
    at: datetime
    snippet: Sequence[Piece]


#: What was found, and at which place among the rows; and what runs that off the event loop.
Opened: TypeAlias = Sequence[tuple[int, Hit]]
Run: TypeAlias = Callable[[Callable[[], Opened]], Awaitable[Opened]]


@dataclass(frozen=True, slots=True, repr=False)
class Round:
    """What one round found. *back_to*: when the oldest case was received that it looked at.

    *place* is where the next goes on; None: everything has been looked at.
    """

    hits: Sequence[Hit]
    looked_at: int
    back_to: datetime | None
    place: Place | None


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    """What opens the shares of whoever searches."""

    member_id: str
    public: bytes
    private: bytes


async def look(
    db: Reads, member: Member, private: bytes, wanted: Wanted, run: Run, after: Place | None = None
) -> Round:
    """Look through the next entries that *member* may see and has a key to, after a place.

    *private* is the member's key. While some are opened by *run* the next are fetched.
    """
    key = _Key(member.id, member.public_key or b"", private)
    hits: list[Hit] = []
    looked_at, last = 0, None
    rows = await _fetch(db, member, wanted, after, ROUND)
    while rows:
        left = ROUND - looked_at - len(rows)
        following, *found = await asyncio.gather(
            _fetch(db, member, wanted, _place(rows[-1]), left),
            *(run(partial(_opened, rows, part, key, wanted.words)) for part in _parts(rows)),
        )
        matching = [each for part in found for each in part][: HITS - len(hits)]
        hits += [hit for _, hit in matching]
        full = len(hits) == HITS
        end = matching[-1][0] if full else len(rows) - 1
        last, rows = rows[end], () if full else following
        looked_at += end + 1
    return await _round(db, member, wanted, hits, looked_at, last)


async def _round(
    db: Reads, member: Member, wanted: Wanted, hits: Sequence[Hit], looked_at: int, last: Any
) -> Round:
    if last is None:
        return Round(hits, looked_at, None, None)
    place = _place(last)
    more = await _fetch(db, member, wanted, place, 1)
    return Round(hits, looked_at, place.received_at, place if more else None)


def _parts(rows: Sequence[Any]) -> list[range]:
    size = -(-len(rows) // HANDS)
    return [range(start, min(start + size, len(rows))) for start in range(0, len(rows), size)]


def _opened(rows: Sequence[Any], part: range, key: _Key, words: Words) -> Opened:
    """Open some entries; return those that match. What does not open is passed over."""
    found = []
    case_id, its_key = "", b""
    for place in part:
        row = rows[place]
        if row.case_id != case_id:
            case_id, its_key = row.case_id, _case_key(row, key)
        text = text_of(row, its_key, row.public_key) if its_key else None
        if text is not None and words.match(text):
            found.append((place, _hit(row, words.snippet(text))))
    return found


def _case_key(row: Any, key: _Key) -> bytes:
    try:
        return keyholders.open_share(
            row.share, row.case_id, key.member_id, key.private, public=key.public
        )
    except CannotOpen:
        return b""


def _hit(row: Any, snippet: Sequence[Piece]) -> Hit:
    return Hit(row.reference, row.category, row.state, row.n, _instant(row.at), snippet)


def _place(row: Any) -> Place:
    return Place(_instant(row.received_at), row.case_id, row.n)


def _instant(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


async def _fetch(
    db: Reads, member: Member, wanted: Wanted, after: Place | None, left: int
) -> Sequence[Any]:
    """Return the next entries, closed, of which *left* may be looked at."""
    if left <= 0:
        return []
    found = await db.execute(_candidates(member, wanted, after).limit(min(left, PIECE)))
    return found.all()


def _candidates(member: Member, wanted: Wanted, after: Place | None) -> Select[Any]:
    c, e = cases.c, entries.c
    theirs = and_(key_shares.c.subject == c.id, key_shares.c.member_id == member.id)
    # Asked for each case, not joined: SQLite would begin with every share of this member.
    share = select(key_shares.c.sealed).where(theirs).scalar_subquery()
    # Nothing is added to the id, but SQLite must begin with the newest case: it would begin with
    # every entry there is, since it could find the case to each.
    # Who is to be called back, and where, is read in the case. Nobody is found by a number.
    listed = (
        select(
            *(e.id, e.case_id, e.n, e.sealed, c.reference, c.category, c.state, c.public_key),
            # As they lie there: of ten thousand, only those that are shown are made times.
            type_coerce(e.at, BigInteger).label("at"),
            type_coerce(c.received_at, BigInteger).label("received_at"),
            share.label("share"),
        )
        .select_from(cases.join(entries, e.case_id == c.id + literal("")))
        .where(visible_to(member), exists().where(theirs), e.kind != Kind.NUMBER)
        .where(*_facts(wanted))
        .order_by(c.received_at.desc(), c.id.desc(), e.n.desc())
    )
    if after is None:
        return listed
    this = tuple_(literal(after.received_at, Instant), literal(after.case_id))
    return listed.where(
        tuple_(c.received_at, c.id) <= this, or_(c.id != after.case_id, e.n < after.n)
    )


def _facts(wanted: Wanted) -> list[ColumnElement[bool]]:
    facts: list[ColumnElement[bool]] = []
    if wanted.open_only:
        facts.append(STANDS_OPEN)
    if wanted.site_id is not None:
        facts.append(cases.c.site_id == wanted.site_id)
    if wanted.category is not None:
        facts.append(cases.c.category == wanted.category)
    if wanted.since is not None:
        facts.append(cases.c.received_at >= wanted.since)
    return facts
