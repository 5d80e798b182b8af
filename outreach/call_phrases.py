"""What is said in a call beside the parts of a rule, read aloud by somebody of the forum.

A provider's machine has a voice for few of our languages. Where a sentence is recorded, the
recording is played; where other words stand there by now, it is not. What a call plays stays as it
was when a broadcast was approved, as the recordings of a rule do (``recordings``).
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ForeignKey, String, Table, delete, select

from channels import sounds
from channels.calls import Play
from channels.sound_links import PLAYED, READ_ALOUD
from forum import audit
from outreach import announcements, wording
from outreach.recordings import Fault, Unfit, measured
from storage import upsert
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

call_phrases = Table(
    "call_phrases",
    metadata,
    Column("phrase", String(16), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("sound_id", String(32), ForeignKey("sounds.id"), nullable=False, index=True),
    Column("words", String(64), nullable=False),  # stands for what it says
    Column("kept_at", Instant, nullable=False),
    Column("kept_by", String(32), nullable=False),
)


class Phrase(StrEnum):
    """A sentence of a call, in the order in which they are met."""

    GREETING = "greeting"
    PARTS = "parts"  # which key plays which part
    OTHERS = "others"  # what the other keys do
    UNRECORDED = "unrecorded"
    WRONG = "wrong"
    SPEAK = "speak"
    KEPT = "kept"
    WILL_CALL = "will_call"
    NO_CALLS = "no_calls"
    GOODBYE = "goodbye"


#: What each sentence says in one language.
Words = Mapping[Phrase, str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One sentence in one language. *size* in bytes; *stale*: it says other words by now."""

    phrase: Phrase
    sound_id: str
    mime: str
    seconds: int
    size: int
    kept_at: datetime
    kept_by: str
    stale: bool

    @property
    def plays(self) -> bool:
        """Whether a call plays it."""
        return not self.stale and self.mime in PLAYED


async def of(db: Reads, language: str, words: Words) -> Mapping[Phrase, Recorded]:
    """Return what is recorded in *language*, of which *words* are said today."""
    c, s = call_phrases.c, sounds.sounds.c
    asked = (
        select(call_phrases, s.mime, s.seconds, s.size)
        .join_from(call_phrases, sounds.sounds)
        .where(c.language == language, c.phrase.in_(sorted(Phrase)))
    )
    found = {}
    for row in await db.execute(asked):
        phrase = Phrase(row.phrase)
        stale = row.words != _mark(words[phrase])
        told = (row.sound_id, row.mime, row.seconds, row.size, row.kept_at, row.kept_by)
        found[phrase] = Recorded(phrase, *told, stale)
    return found


async def played(
    db: Reads, language: str, words: Words, *, until: datetime | None = None
) -> Mapping[Phrase, Play]:
    """Return what is played in a call in *language* instead of read aloud by machine.

    *until*: only what was kept by then.
    """
    kept = await of(db, language, words)
    return {
        one: Play(it.sound_id, it.seconds)
        for one, it in kept.items()
        if it.plays and (until is None or it.kept_at <= until)
    }


async def every(db: Reads, spoken: Collection[str]) -> Mapping[tuple[str, Phrase], Play]:
    """Return all that is recorded in the languages *spoken*, whichever words it says."""
    c = call_phrases.c
    asked = (
        select(c.language, c.phrase, c.sound_id, sounds.sounds.c.seconds)
        .join_from(call_phrases, sounds.sounds)
        .where(c.language.in_(sorted(spoken)), c.phrase.in_(sorted(Phrase)))
    )
    return {
        (row.language, Phrase(row.phrase)): Play(row.sound_id, row.seconds)
        for row in await db.execute(asked)
    }


async def mute(db: Reads, words: Mapping[str, Words], languages: Collection[str]) -> Sequence[str]:
    """Return those of *languages* in which some sentence is neither recorded nor read aloud.

    *words*: what is said, by language.
    """
    unread = sorted(one for one in languages if one not in READ_ALOUD)
    return [one for one in unread if len(await played(db, one, words[one])) < len(Phrase)]


async def keep(
    db: Transaction,
    phrase: Phrase,
    language: str,
    mime: str,
    content: bytes,
    *,
    words: Words,
    by: str,
    now: datetime,
) -> None:
    """Keep a recording, in place of the one before. Raises ``Unfit``.

    *content* as ``forum.cleaning`` made it, of the type *mime*; no call plays what chats alone
    play. *by*: a member's id.
    """
    lasts = measured(mime, content)
    if mime not in PLAYED:
        raise Unfit(Fault.CALLS)
    await _hold(db, language)
    await _drop(db, phrase, language)
    row = {
        "phrase": phrase,
        "language": language,
        "sound_id": await sounds.keep(db, mime, lasts, content, now),
        "words": _mark(words[phrase]),
        "kept_at": now,
        "kept_by": by,
    }
    # Somebody else may keep one at the same moment: the later one holds.
    statement = upsert.insert(db, call_phrases).values(**row)
    key = [column.name for column in call_phrases.primary_key]
    await db.execute(statement.on_conflict_do_update(index_elements=key, set_=row))
    await audit.record(db, actor=by, act="calls.recorded", subject=language, now=now)


async def remove(
    db: Transaction, phrase: Phrase, language: str, *, by: str, now: datetime
) -> bool:
    """Take a recording away; False: there is none. Raises ``Unfit`` where calls play it."""
    await _hold(db, language)
    gone = await _drop(db, phrase, language)
    if gone:
        act = "calls.recording_removed"
        await audit.record(db, actor=by, act=act, subject=language, now=now)
    return gone


async def _hold(db: Transaction, language: str) -> None:
    """Let no broadcast that calls people up in *language* begin before this is done.

    Raises ``Unfit`` where one is approved or under way: what is heard is what was approved.
    """
    for one in await announcements.calling(db, hold=True):
        if language in wording.spoken(await announcements.texts(db, one.id)):
            raise Unfit(Fault.IN_USE)


async def _drop(db: Transaction, phrase: Phrase, language: str) -> bool:
    c = call_phrases.c
    its = (c.phrase == phrase) & (c.language == language)
    gone = await db.execute(delete(call_phrases).where(its).returning(c.sound_id))
    sound_id: Any = gone.scalar_one_or_none()
    if sound_id is not None:
        await sounds.forget(db, [sound_id])
    return sound_id is not None


def _mark(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
