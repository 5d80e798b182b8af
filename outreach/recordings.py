"""The parts of a rule change read aloud, for those who do not read: one recording a language.

A recording says what was written when it was made. Where the words have changed since, it is not
played until somebody has listened again.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Row,
    String,
    Table,
    delete,
    insert,
    literal,
    select,
    update,
)

from channels import sounds
from forum import audit
from outreach import announcements, rule_texts, sound_length
from outreach.rule_changes import RuleChange
from outreach.rule_texts import DIGITS, Part, Texts
from outreach.sound_length import NotKnown
from storage import upsert
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

recordings = Table(
    "rule_recordings",
    metadata,
    Column("rule_id", String(32), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("part", String(8), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("sound_id", String(32), ForeignKey("sounds.id"), nullable=False, index=True),
    Column("words", String(64), nullable=False),  # stands for what was written when it was made
    Column("kept_at", Instant, nullable=False),
    Column("kept_by", String(32), nullable=False),
    ForeignKeyConstraint(
        ["rule_id", "edition"], ["rule_editions.rule_id", "rule_editions.edition"]
    ),
)

#: Bytes, and seconds. Two minutes are some 250 words; as WAV in the quality of a telephone (8,000
#: samples of two bytes) they take 1.9 MB, as MP3 of 128 kilobits as much.
LARGEST: Final = 2 * 1024 * 1024
LONGEST: Final = 120

#: What may be recorded: the five parts, in the order of their digits.
PARTS: Final[Sequence[Part]] = tuple(DIGITS.values())


class Fault(StrEnum):
    """Why a file is no recording for us."""

    NONE = "none"  # no file was chosen, or an empty one
    LARGE = "large"
    LONG = "long"
    KIND = "kind"  # neither MP3, WAV nor Opus in Ogg, or damaged
    WORDS = "words"  # nothing is written in that language yet
    CALLS = "calls"  # chats play it, a telephone call cannot
    IN_USE = "in_use"  # a broadcast calls people up with this edition's, as they were approved


class Unfit(Exception):
    """This recording cannot be kept, or changed; *fault* says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Recording:
    """One part in one language. *size* in bytes; *stale*: other words are written by now."""

    part: Part
    language: str
    sound_id: str
    mime: str
    seconds: int
    size: int
    kept_at: datetime
    kept_by: str
    stale: bool


def measured(mime: str, content: bytes) -> int:
    """Return the seconds of a file that is fit to be kept, at least one. Raises ``Unfit``."""
    if not content:
        raise Unfit(Fault.NONE)
    if len(content) > LARGEST:
        raise Unfit(Fault.LARGE)
    try:
        lasts = math.ceil(sound_length.seconds(mime, content))
    except NotKnown:
        raise Unfit(Fault.KIND) from None
    if lasts > LONGEST:
        raise Unfit(Fault.LONG)
    return max(lasts, 1)


async def of(db: Reads, rule: RuleChange, texts: Texts) -> Mapping[tuple[Part, str], Recording]:
    """Return what is recorded of the edition that is seen, by part and language."""
    s = sounds.sounds.c
    found = await db.execute(
        select(recordings, s.mime, s.seconds, s.size)
        .join_from(recordings, sounds.sounds)
        .where(recordings.c.rule_id == rule.id, recordings.c.edition == rule.edition.number)
    )
    return {(Part(row.part), row.language): _recording(row, texts) for row in found}


async def told(
    db: Reads, rule: RuleChange, texts: Texts, part: Part, tongues: Iterable[str]
) -> str | None:
    """Return the sound in the language in which *part* is read by who speaks *tongues*.

    None: that is not recorded, or other words are written by now.
    """
    language = next((each for each in tongues if _written(texts, part, each)), None)
    asked = select(recordings.c.sound_id, recordings.c.words).where(
        recordings.c.rule_id == rule.id,
        recordings.c.edition == rule.edition.number,
        recordings.c.part == part,
        recordings.c.language == language,
    )
    row = (await db.execute(asked)).one_or_none()
    if row is None or language is None or row.words != _mark(texts, part, language):
        return None
    return str(row.sound_id)


async def keep(
    db: Transaction,
    rule: RuleChange,
    part: Part,
    language: str,
    mime: str,
    content: bytes,
    *,
    by: str,
    now: datetime,
) -> None:
    """Keep a recording, in place of the one before. Raises ``Unfit``.

    *content* as ``forum.cleaning`` made it, of the type *mime*. *by*: a member's id.
    """
    lasts = measured(mime, content)
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    if not _written(texts, part, language):
        raise Unfit(Fault.WORDS)
    await _hold(db, rule)
    await _drop(db, rule, part, language)
    row = {
        "rule_id": rule.id,
        "edition": rule.edition.number,
        "part": part,
        "language": language,
        "sound_id": await sounds.keep(db, mime, lasts, content, now),
        "words": _mark(texts, part, language),
        "kept_at": now,
        "kept_by": by,
    }
    # Somebody else may keep one at the same moment: the later one holds.
    statement = upsert.insert(db, recordings).values(**row)
    key = [column.name for column in recordings.primary_key]
    await db.execute(statement.on_conflict_do_update(index_elements=key, set_=row))
    await _record(db, rule, "rules.recorded", by, now)


async def remove(
    db: Transaction, rule: RuleChange, part: Part, language: str, *, by: str, now: datetime
) -> bool:
    """Take a recording away; False: there is none. Raises ``Unfit`` where calls play it."""
    await _hold(db, rule)
    gone = await _drop(db, rule, part, language)
    if gone:
        await _record(db, rule, "rules.recording_removed", by, now)
    return gone


async def still_right(
    db: Transaction, rule: RuleChange, part: Part, language: str, *, by: str, now: datetime
) -> bool:
    """Say that a recording says what is written now. Returns and raises as ``remove``."""
    await _hold(db, rule)
    texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
    marked = update(recordings).where(*_its(rule, part, language))
    words = _mark(texts, part, language)
    if (await db.execute(marked.values(words=words))).rowcount != 1:
        return False
    await _record(db, rule, "rules.recording_confirmed", by, now)
    return True


async def carry_over(db: Transaction, rule_id: str, edition: int) -> None:
    """Let *edition* begin with the recordings of the one before it; no byte is kept twice."""
    columns = [literal(edition) if c is recordings.c.edition else c for c in recordings.c]
    before = (recordings.c.rule_id == rule_id) & (recordings.c.edition == edition - 1)
    copied = select(*columns).where(before)
    await db.execute(insert(recordings).from_select([c.name for c in recordings.c], copied))


async def _hold(db: Transaction, rule: RuleChange) -> None:
    """Let no broadcast that calls people up with this edition begin before this is done.

    Raises ``Unfit`` where one is approved or under way: what is heard is what was approved.
    """
    if await announcements.calling(db, rule.id, rule.edition.number, hold=True):
        raise Unfit(Fault.IN_USE)


def _its(rule: RuleChange, part: Part, language: str) -> tuple[Any, ...]:
    return (
        recordings.c.rule_id == rule.id,
        recordings.c.edition == rule.edition.number,
        recordings.c.part == part,
        recordings.c.language == language,
    )


async def _drop(db: Transaction, rule: RuleChange, part: Part, language: str) -> bool:
    """Remove the row, and the sound where no other edition plays it."""
    gone = delete(recordings).where(*_its(rule, part, language)).returning(recordings.c.sound_id)
    sound_id = (await db.execute(gone)).scalar_one_or_none()
    if sound_id is None:
        return False
    played = select(recordings.c.sound_id).where(recordings.c.sound_id == sound_id).limit(1)
    if (await db.execute(played)).first() is None:
        await sounds.forget(db, [sound_id])
    return True


def _written(texts: Texts, part: Part, language: str) -> str:
    return rule_texts.words(texts, part, [language], sms=False)


def _mark(texts: Texts, part: Part, language: str) -> str:
    return hashlib.sha256(_written(texts, part, language).encode()).hexdigest()


def _recording(row: Row[Any], texts: Texts) -> Recording:
    part = Part(row.part)
    return Recording(
        part,
        row.language,
        row.sound_id,
        row.mime,
        row.seconds,
        row.size,
        row.kept_at,
        row.kept_by,
        row.words != _mark(texts, part, row.language),
    )


async def _record(db: Transaction, rule: RuleChange, act: str, by: str, now: datetime) -> None:
    await audit.record(db, actor=by, act=act, subject=rule.reference, now=now)
