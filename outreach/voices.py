"""What miners say that is no complaint. Kept sealed; here is no way back to who said it.

Where a teller asked to hear what became of it, ``outreach.report_backs`` keeps one, apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    LargeBinary,
    String,
    Table,
    and_,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from forum import attachments, keyholders
from forum.attachments import Offer
from forum.members import Member, Right
from outreach.voice_marks import Kind, having
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
    """What may be done with a story. In their order, from what goes least far."""

    INTERNAL = "internal"  # the forum may read it
    UNNAMED = "unnamed"  # it may be quoted without a name
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, repr=False)
class Voice:
    """A story, still sealed."""

    id: str
    public_key: bytes
    sealed: bytes
    consent: Consent
    language: str
    channel: str
    at: datetime


class Linked(StrEnum):
    """What a voice leads to."""

    RULE = "rule"
    AGENDA = "agenda"
    NOTHING = "nothing"  # neither of them


@dataclass(frozen=True, slots=True)
class Sift:
    """Which voices are wanted; what is empty lets in all. *rule* and *theme* are ids."""

    theme: str = ""
    tag: str = ""
    rule: str = ""
    agenda: str = ""
    language: str = ""
    consent: str = ""
    linked: str = ""

    def where(self) -> list[ColumnElement[bool]]:
        """Return what a row of ``voices`` must fulfil."""
        found: list[ColumnElement[bool]] = [
            voices.c.id.in_(having(kind, value)) for kind in Kind if (value := getattr(self, kind))
        ]
        found += [
            voices.c[name] == value
            for name in ("language", "consent")
            if (value := getattr(self, name))
        ]
        if self.linked == Linked.NOTHING:
            found += [voices.c.id.not_in(having(kind)) for kind in (Kind.RULE, Kind.AGENDA)]
        elif self.linked in {*Linked}:
            found.append(voices.c.id.in_(having(Kind(self.linked))))
        return found


#: Nothing chosen.
EVERY = Sift()


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


async def page(
    db: Reads,
    *,
    after: str | None = None,
    sift: Sift = EVERY,
    also: Sequence[ColumnElement[bool]] = (),
) -> Page:
    """Return a page of voices, newest first. *after* is the ``next`` of the page before.

    *also*: what else they must fulfil (``unheard.of``).
    """
    newest = select(voices).order_by(voices.c.at.desc(), voices.c.id)
    listed = newest.where(*sift.where(), *also).limit(PAGE + 1)
    begin = read_cursor(after)
    if begin is not None:
        at, voice_id = begin
        older = or_(voices.c.at < at, and_(voices.c.at == at, voices.c.id > voice_id))
        listed = listed.where(older)
    rows = [_voice(row) for row in await db.execute(listed)]
    return Page(rows[:PAGE], _cursor(rows[PAGE - 1]) if len(rows) > PAGE else None)


def known_to(member: Member) -> ColumnElement[bool]:
    """Return the condition that *member* may know that there is a voice: the one that counts."""
    return true() if member.may(Right.TRIAGE) else false()


async def get(db: Reads, voice_id: str) -> Voice | None:
    """Return one voice."""
    row = (await db.execute(select(voices).where(voices.c.id == voice_id))).one_or_none()
    return _voice(row) if row else None


async def count(db: Reads, sift: Sift = EVERY, also: Sequence[ColumnElement[bool]] = ()) -> int:
    """Return how many voices are kept, of those that *sift* and *also* let in."""
    counted = select(func.count()).select_from(voices).where(*sift.where(), *also)
    return (await db.execute(counted)).scalar_one()


def narrower(consent: Consent) -> Sequence[Consent]:
    """Return how consent can be narrowed: to what goes less far."""
    levels = [*Consent]
    return levels[: levels.index(consent)]


async def narrow(db: Transaction, voice_id: str, to: Consent) -> bool:
    """Let no more be done with a voice than *to*; False: it went no further before.

    Call ``quotes.narrow``, which takes back what was quoted as well.
    """
    wider = [consent for consent in Consent if to in narrower(consent)]
    its = and_(voices.c.id == voice_id, voices.c.consent.in_(wider))
    return (await db.execute(update(voices).where(its).values(consent=to))).rowcount == 1


async def languages_used(db: Reads) -> Sequence[str]:
    """Return the tags of the languages in which voices came, in their order."""
    used = select(voices.c.language).distinct().order_by(voices.c.language)
    return (await db.execute(used)).scalars().all()


def read(private: bytes, voice: Voice) -> str:
    """Return the words of a voice, opened with its private key. Raises ``CannotOpen``."""
    return unseal(private, voice.sealed, context=_context(voice.id)).decode()


def _voice(row: Any) -> Voice:
    consent = Consent(row.consent)
    return Voice(row.id, row.public_key, row.sealed, consent, row.language, row.channel, row.at)


def _cursor(voice: Voice) -> str:
    return f"{voice.at.astimezone(UTC).isoformat()}_{voice.id}"


def read_cursor(after: str | None) -> tuple[datetime, str] | None:
    """Return the moment and the id at which a page begins; None: at the front."""
    at, _, voice_id = (after or "").partition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, voice_id) if moment.tzinfo and voice_id.isalnum() else None


def _context(voice_id: str) -> str:
    return f"voices.sealed|{voice_id}"
