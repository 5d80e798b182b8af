"""What miners say that is no complaint. Kept sealed, with no way back to who said it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
)

from forum import attachments, keyholders
from forum.attachments import Offer
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault import codes
from vault.keyring import Keyring
from vault.seals import new_pair, seal, unseal

voices = Table(
    "voices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sealed", Sealed, nullable=False),
    Column("consent", String(16), nullable=False),
    Column("language", String(16), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_voices_at", "at", "id"),
)

#: Rows on a page.
PAGE = 50


class Consent(StrEnum):
    """What may be done with a story."""

    INTERNAL = "internal"  # the forum may read it
    UNNAMED = "unnamed"  # it may be quoted without a name
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, repr=False)
class Voice:
    """A story, still sealed."""

    id: str
    sealed: bytes
    consent: Consent
    language: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some voices, and the cursor of the next page; None: these were the last."""

    rows: Sequence[Voice]
    next: str | None


async def keep(
    db: Transaction,
    keyring: Keyring,
    *,
    story: str,
    consent: Consent,
    language: str,
    channel: str,
    now: datetime,
    attachments: Sequence[Offer] = (),
) -> str:
    """Keep a story under a key of its own; return its id."""
    voice_id, pair = uuid4().hex, new_pair()
    bare, _ = codes.cut(story)
    await db.execute(
        insert(voices).values(
            id=voice_id,
            public_key=pair.public,
            sealed=seal(pair.public, bare.encode("utf-8", "replace"), context=_context(voice_id)),
            consent=consent,
            language=language,
            channel=channel,
            at=now,
        )
    )
    await keyholders.share_out(db, keyring, voice_id, pair, now)
    await _expect(db, keyring, attachments, voice_id, pair.public, channel, now)
    return voice_id


async def _expect(
    db: Transaction,
    keyring: Keyring,
    offers: Sequence[Offer],
    voice_id: str,
    public_key: bytes,
    channel: str,
    now: datetime,
) -> None:
    await attachments.expect(
        db,
        keyring,
        offers,
        subject=voice_id,
        public_key=public_key,
        channel=channel,
        now=now,
    )


async def page(db: Reads, *, after: str | None = None) -> Page:
    """Return a page of voices, newest first. *after* is the ``next`` of the page before."""
    listed = select(voices).order_by(voices.c.at.desc(), voices.c.id).limit(PAGE + 1)
    begin = _read_cursor(after)
    if begin is not None:
        at, voice_id = begin
        older = or_(voices.c.at < at, and_(voices.c.at == at, voices.c.id > voice_id))
        listed = listed.where(older)
    rows = [_voice(row) for row in await db.execute(listed)]
    return Page(rows[:PAGE], _cursor(rows[PAGE - 1]) if len(rows) > PAGE else None)


async def get(db: Reads, voice_id: str) -> Voice | None:
    """Return one voice."""
    row = (await db.execute(select(voices).where(voices.c.id == voice_id))).one_or_none()
    return _voice(row) if row else None


async def count(db: Reads) -> int:
    """Return how many voices are kept."""
    return (await db.execute(select(func.count()).select_from(voices))).scalar_one()


def read(private: bytes, voice: Voice) -> str:
    """Return the words of a voice, opened with its private key. Raises ``CannotOpen``."""
    return unseal(private, voice.sealed, context=_context(voice.id)).decode()


def _voice(row: Any) -> Voice:
    return Voice(row.id, row.sealed, Consent(row.consent), row.language, row.channel, row.at)


def _cursor(voice: Voice) -> str:
    return f"{voice.at.astimezone(UTC).isoformat()}_{voice.id}"


def _read_cursor(after: str | None) -> tuple[datetime, str] | None:
    at, _, voice_id = (after or "").partition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, voice_id) if moment.tzinfo and voice_id.isalnum() else None


def _context(voice_id: str) -> str:
    return f"voices.sealed|{voice_id}"
