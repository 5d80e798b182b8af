"""What may be quoted of voices: exact words, read by a second person, as far as consent goes.

Until they are released the words are sealed as the voice is. Words that are taken back are erased
here; what was printed before is beyond us, which the page says.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from forum import audit
from forum.members import Member, NotAllowed
from outreach import voice_marks, voices
from outreach.voice_marks import Kind
from outreach.voices import Consent, Voice
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault.seals import seal, unseal

quotes = Table(
    "quotes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("voice_id", String(32), ForeignKey("voices.id"), nullable=False),
    Column("language", String(16), nullable=False),
    Column("origin", String(8), nullable=False),
    Column("consent", String(16), nullable=False),  # of the voice, when it was proposed
    Column("state", String(16), nullable=False),
    Column("sealed", Sealed),  # while it waits
    Column("text", Text),  # once it is released
    Column("written_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("moved_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("moved_at", Instant, nullable=False),
    Index("ix_quotes_state", "state", "moved_at", "id"),
    Index("ix_quotes_voice_id", "voice_id"),
)

#: Rows on a page.
PAGE: Final = 50

#: Characters: what can be read aloud in half a minute, and stands on a wall.
LONGEST: Final = 600

#: What stands for words that were left out.
_LEFT_OUT: Final = re.compile(r"\[[^\[\]]*\]")

#: What no word begins or ends with.
_EDGES: Final = re.compile(r"^\W+|\W+$")


class State(StrEnum):
    """How far a quote has come."""

    WAITING = "waiting"  # for a second person
    RELEASED = "released"
    GONE = "gone"  # declined, or taken back; its words are erased


#: How far consent must go for words that were proposed under another one.
ENOUGH: Final[Mapping[Consent, frozenset[Consent]]] = {
    Consent.UNNAMED: frozenset({Consent.UNNAMED, Consent.PUBLIC}),
    Consent.PUBLIC: frozenset({Consent.PUBLIC}),
    Consent.INTERNAL: frozenset(),  # nothing is quoted
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a quote. *origin*: ``original``, or whose translation they are of."""

    text: str
    language: str
    origin: str


@dataclass(frozen=True, slots=True, repr=False)
class Quote:
    """A quote. *sealed* holds its words while it waits, *text* once it is released."""

    id: str
    voice_id: str
    language: str
    origin: str
    consent: Consent
    state: State
    sealed: bytes | None
    text: str | None
    written_by: str
    moved_by: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some quotes, and the cursor of the next page; None: these were the last."""

    rows: Sequence[Quote]
    next: str | None


class Moved(Exception):
    """It has gone on meanwhile, or consent does not go so far (any more)."""


def exact(text: str, source: str) -> bool:
    """Whether *text* is made of words of *source* alone, in their order.

    What was left out stands in square brackets: ``[...]``, or what it was, ``[a site]``.
    """
    rest, kept = _plain(source), 0
    for piece in _LEFT_OUT.split(text):
        words = _EDGES.sub("", _plain(piece))
        if not words:
            continue
        found = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", rest)
        if found is None:
            return False
        rest, kept = rest[found.end() :], kept + 1
    return kept > 0


def _plain(text: str) -> str:
    return " ".join(text.split())


async def propose(
    db: Transaction, voice_id: str, wording: Wording, *, by: Member, now: datetime
) -> str:
    """Propose words to be quoted; return their id. Raises ``Moved``: the voice allows none."""
    voice = await _held(db, voice_id)
    if voice is None or voice.consent is Consent.INTERNAL:
        raise Moved
    made, words = uuid4().hex, wording.text.encode("utf-8", "replace")
    await db.execute(
        insert(quotes).values(
            id=made,
            voice_id=voice_id,
            language=wording.language,
            origin=wording.origin,
            consent=voice.consent,
            state=State.WAITING,
            sealed=seal(voice.public_key, words, context=_context(made)),
            written_by=by.id,
            written_at=now,
            moved_by=by.id,
            moved_at=now,
        )
    )
    await audit.record(db, actor=by.id, act="quote.proposed", subject=made, now=now)
    return made


async def release(
    db: Transaction, quote_id: str, private: bytes, *, by: Member, now: datetime
) -> None:
    """Let every member read it. *private*: the voice's key.

    Raises ``NotAllowed`` for whoever proposed it, ``Moved``, and ``CannotOpen``.
    """
    quote = await find(db, quote_id)
    if quote is None or quote.sealed is None:
        raise Moved
    if quote.written_by == by.id:
        raise NotAllowed
    voice = await _held(db, quote.voice_id)
    if voice is None or voice.consent not in ENOUGH[quote.consent]:
        raise Moved
    words = read(private, quote).replace("\0", "")
    moved = {"state": State.RELEASED, "text": words, "sealed": None}
    await _move(db, quotes.c.state == State.WAITING, quote_id, moved, by, now)
    await audit.record(db, actor=by.id, act="quote.released", subject=quote_id, now=now)


async def take_back(db: Transaction, quote_id: str, *, by: Member, now: datetime) -> None:
    """Erase the words, whether they wait or are released. Raises ``Moved``."""
    await _move(db, quotes.c.state != State.GONE, quote_id, _ERASED, by, now)
    await audit.record(db, actor=by.id, act="quote.withdrawn", subject=quote_id, now=now)


_ERASED: Final = {"state": State.GONE, "text": None, "sealed": None}


async def _move(
    db: Transaction,
    here: ColumnElement[bool],
    quote_id: str,
    values: Mapping[str, Any],
    by: Member,
    now: datetime,
) -> None:
    moved = update(quotes).where(quotes.c.id == quote_id, here)
    done = await db.execute(moved.values(**values, moved_by=by.id, moved_at=now))
    if done.rowcount != 1:
        raise Moved


async def narrow(
    db: Transaction, voice_id: str, to: Consent, *, by: Member, now: datetime
) -> None:
    """Keep that the teller allows no more than *to*, and take back what goes further.

    Consent is never widened here: only the teller does that. Raises ``Moved``.
    """
    if not await voices.narrow(db, voice_id, to):
        raise Moved
    further = [consent for consent, enough in ENOUGH.items() if to not in enough]
    its = and_(quotes.c.voice_id == voice_id, quotes.c.consent.in_(further))
    erased = {**_ERASED, "moved_by": by.id, "moved_at": now}
    await db.execute(update(quotes).where(its, quotes.c.state != State.GONE).values(erased))
    await audit.record(db, actor=by.id, act="voice.narrowed", subject=voice_id, now=now)


async def _held(db: Transaction, voice_id: str) -> Voice | None:
    """Return the voice, whose consent nobody narrows until the transaction ends."""
    locked = select(voices.voices.c.id).where(voices.voices.c.id == voice_id).with_for_update()
    await db.execute(locked)
    return await voices.get(db, voice_id)


async def find(db: Reads, quote_id: str) -> Quote | None:
    """Return one quote; None: there is none."""
    row = (await db.execute(select(quotes).where(quotes.c.id == quote_id))).one_or_none()
    return _quote(row) if row else None


async def of_voice(db: Reads, voice_id: str) -> Sequence[Quote]:
    """Return what is quoted of a voice or waits to be, the oldest first."""
    its = and_(quotes.c.voice_id == voice_id, quotes.c.state != State.GONE)
    rows = await db.execute(select(quotes).where(its).order_by(quotes.c.written_at, quotes.c.id))
    return [_quote(row) for row in rows]


async def waiting(db: Reads) -> Sequence[str]:
    """Return the ids of voices whose quotes wait for a second person, the longest first."""
    c = quotes.c
    since = func.min(c.written_at)
    its = select(c.voice_id).where(c.state == State.WAITING).group_by(c.voice_id)
    return (await db.execute(its.order_by(since, c.voice_id).limit(PAGE))).scalars().all()


async def released(
    db: Reads,
    *,
    language: str = "",
    about: tuple[Kind, str] | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Page:
    """Return what everybody may read, the newest first; *after*: as for ``voices.page``.

    *about*: of stories that are filed under it alone. *limit*: at most as many; None: ``PAGE``.
    """
    limit = PAGE if limit is None else limit
    c, voice = quotes.c, voices.voices.c
    listed = (
        select(quotes)
        .join(voices.voices, voice.id == c.voice_id)
        .where(c.state == State.RELEASED, _ALLOWED)
        .order_by(c.moved_at.desc(), c.id)
        .limit(limit + 1)
    )
    if about is not None:
        listed = listed.where(voice.id.in_(voice_marks.having(*about)))
    if language:
        listed = listed.where(c.language == language)
    begin = voices.read_cursor(after)
    if begin is not None:
        at, quote_id = begin
        listed = listed.where(or_(c.moved_at < at, and_(c.moved_at == at, c.id > quote_id)))
    rows = [_quote(row) for row in await db.execute(listed)]
    return Page(rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None)


#: The voice is asked again: what must not be shown is not, whatever became of its row here.
_ALLOWED: Final = or_(
    *(
        and_(quotes.c.consent == consent, voices.voices.c.consent.in_(sorted(enough)))
        for consent, enough in ENOUGH.items()
        if enough
    )
)


async def subjects(db: Reads) -> Mapping[Kind, frozenset[str]]:
    """Return under what the stories of released quotes are filed; tags are for staff."""
    mark, voice = voice_marks.voice_marks.c, voices.voices.c
    used = (
        select(mark.kind, mark.value)
        .distinct()
        .join(quotes, quotes.c.voice_id == mark.voice_id)
        .join(voices.voices, voice.id == quotes.c.voice_id)
        .where(quotes.c.state == State.RELEASED, _ALLOWED, mark.kind != Kind.TAG)
    )
    found: dict[Kind, set[str]] = {Kind.AGENDA: set(), Kind.THEME: set(), Kind.RULE: set()}
    for row in await db.execute(used):
        found[Kind(row.kind)].add(row.value)
    return {kind: frozenset(values) for kind, values in found.items()}


async def languages_used(db: Reads) -> Sequence[str]:
    """Return the tags of the languages of what is released."""
    here = quotes.c.state == State.RELEASED
    used = select(quotes.c.language).where(here).distinct().order_by(quotes.c.language)
    return (await db.execute(used)).scalars().all()


def read(private: bytes, quote: Quote) -> str:
    """Return the words of a quote that waits or is released. Raises ``CannotOpen``."""
    if quote.sealed is None:
        return quote.text or ""
    return unseal(private, quote.sealed, context=_context(quote.id)).decode()


def _quote(row: Any) -> Quote:
    return Quote(
        row.id,
        row.voice_id,
        row.language,
        row.origin,
        Consent(row.consent),
        State(row.state),
        row.sealed,
        row.text,
        row.written_by,
        row.moved_by,
        row.moved_at,
    )


def _cursor(quote: Quote) -> str:
    return f"{quote.moved_at.astimezone(UTC).isoformat()}_{quote.id}"


def _context(quote_id: str) -> str:
    return f"quotes.sealed|{quote_id}"
