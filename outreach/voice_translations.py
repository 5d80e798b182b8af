"""A voice in other languages, beside the original: sealed as it is, and every edition kept.

In the voice's own language it is what somebody wrote down of a voice note.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, Table, func, select

from forum import audit
from forum.members import Member
from outreach.voices import Voice
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new
from vault.seals import seal, unseal

#: A row for each edition; an edition of no words takes the translation away.
voice_translations = Table(
    "voice_translations",
    metadata,
    Column("voice_id", String(32), ForeignKey("voices.id"), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("sealed", Sealed, nullable=False),
    Column("origin", String(8), nullable=False),
    Column("by", String(32), ForeignKey("members.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


class Origin(StrEnum):
    """Whose words a translation is made of."""

    HUMAN = "human"  # of the member who kept it
    MACHINE = "machine"  # a member brought it, and nobody has gone through it


@dataclass(frozen=True, slots=True, repr=False)
class Translation:
    """One edition, still sealed. *by*: the id of the member who kept it."""

    voice_id: str
    language: str
    edition: int
    sealed: bytes
    origin: Origin
    by: str
    at: datetime


class Changed(Exception):
    """Somebody else kept another edition meanwhile."""


async def write(
    db: Transaction,
    voice: Voice,
    language: str,
    text: str,
    origin: Origin,
    *,
    seen: int,
    by: Member,
    now: datetime,
) -> None:
    """Keep *text* as the edition after *seen* (0: the first). Raises ``Changed``."""
    if await _newest(db, voice.id, language) != seen:
        raise Changed
    words = text.encode("utf-8", "replace")
    row = {
        "voice_id": voice.id,
        "language": language,
        "edition": seen + 1,
        "sealed": seal(voice.public_key, words, context=_context(voice.id, language, seen + 1)),
        "origin": origin,
        "by": by.id,
        "at": now,
    }
    if (await db.execute(insert_new(db, voice_translations), row)).rowcount != 1:
        raise Changed
    await audit.record(db, actor=by.id, act="voice.translated", subject=voice.id, now=now)


async def _newest(db: Reads, voice_id: str, language: str) -> int:
    c = voice_translations.c
    its = select(func.max(c.edition)).where(c.voice_id == voice_id, c.language == language)
    return (await db.execute(its)).scalar() or 0


async def newest(db: Reads, voice_ids: Collection[str]) -> dict[str, Sequence[Translation]]:
    """Return the newest edition in each language of each of these voices."""
    c = voice_translations.c
    last = (
        select(c.voice_id, c.language, func.max(c.edition).label("edition"))
        .where(c.voice_id.in_(voice_ids))
        .group_by(c.voice_id, c.language)
        .subquery()
    )
    this = (
        (c.voice_id == last.c.voice_id)
        & (c.language == last.c.language)
        & (c.edition == last.c.edition)
    )
    joined = select(voice_translations).join(last, this).order_by(c.voice_id, c.language)
    found: dict[str, list[Translation]] = defaultdict(list)
    for row in await db.execute(joined):
        found[row.voice_id].append(_translation(row))
    return dict(found)


async def history(db: Reads, voice_id: str) -> Sequence[Translation]:
    """Return every edition of a voice's translations, the newest of each language first."""
    c = voice_translations.c
    its = select(voice_translations).where(c.voice_id == voice_id)
    rows = await db.execute(its.order_by(c.language, c.edition.desc()))
    return [_translation(row) for row in rows]


def read(private: bytes, one: Translation) -> str:
    """Return its words, opened with the voice's private key. Raises ``CannotOpen``."""
    context = _context(one.voice_id, one.language, one.edition)
    return unseal(private, one.sealed, context=context).decode()


def _translation(row: Any) -> Translation:
    origin = Origin(row.origin)
    return Translation(row.voice_id, row.language, row.edition, row.sealed, origin, row.by, row.at)


def _context(voice_id: str, language: str, edition: int) -> str:
    return f"voice_translations.sealed|{voice_id}|{language}|{edition}"
