"""Voice notes, photos and files: fetched from the provider later, kept sealed.

A row is made with the words that they came with; the worker fetches the bytes. Both the case room
and the voices keep theirs here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol
from uuid import uuid4

from sqlalchemy import (
    CTE,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Update,
    case,
    insert,
    literal,
    select,
    update,
)

from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring
from vault.seals import CannotOpen, seal, seal_file, unseal, unseal_file

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(32), nullable=False, index=True),
    Column("entry_id", String(32)),
    Column("public_key", LargeBinary, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("mime", String(127), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reference", Sealed),
    Column("content", Sealed),
    Column("size", Integer),
    Column("attempts", Integer, nullable=False, default=0),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
)


class State(StrEnum):
    """How far an attachment came."""

    WAITING = "waiting"  # still at the provider
    KEPT = "kept"
    LOST = "lost"  # the provider does not have it any more, or never let us have it


_WAITING = attachments.c.state == State.WAITING
Index(
    "ix_attachments_waiting",
    attachments.c.due_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)

#: How long an attachment is tried for, from when it came.
GIVE_UP_AFTER = timedelta(hours=24)

#: From the start of one try to the next, by the number of tries behind it. The first is longer
#: than a fetch can take, so that nobody starts a second one beside it.
BACKOFF = (
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)

_MIME_LENGTH = 127


class Offer(Protocol):
    """What waits at the provider, as the channel told it."""

    @property
    def reference(self) -> str:
        """What the channel needs to fetch it."""

    @property
    def kind(self) -> str:
        """A photo, voice, video or file."""

    @property
    def mime(self) -> str:
        """The media type that the provider named."""


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """One to be fetched now. Its reference is never printed."""

    id: str
    channel: str
    kind: Literal["photo", "voice", "video", "file"]
    mime: str
    reference: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a page shows before anything is opened; *size* in bytes once it is kept."""

    id: str
    entry_id: str | None
    kind: str
    mime: str
    state: State
    size: int | None


async def expect(
    db: Transaction,
    keyring: Keyring,
    offers: Sequence[Offer],
    *,
    subject: str,
    public_key: bytes,
    channel: str,
    now: datetime,
    entry_id: str | None = None,
) -> None:
    """Have *offers* fetched and sealed to *public_key*, the key of *subject*."""
    rows = [
        {
            "subject": subject,
            "entry_id": entry_id,
            "public_key": public_key,
            "channel": channel,
            "state": State.WAITING,
            "made_at": now,
            "due_at": now,
            **_described(keyring, offer),
        }
        for offer in offers
    ]
    if rows:
        await db.execute(insert(attachments), rows)


def _described(keyring: Keyring, offer: Offer) -> dict[str, Any]:
    attachment_id = uuid4().hex
    reference = offer.reference.encode()
    context = _reference_context(attachment_id)
    return {
        "id": attachment_id,
        "kind": offer.kind,
        # What a provider passes on is a stranger's word; a page serves it with care or not at all.
        "mime": offer.mime.replace("\0", "")[:_MIME_LENGTH],
        "reference": seal(keyring.sender_public, reference, context=context),
    }


async def claim_waiting(
    db: Transaction, keyring: Keyring, now: datetime, *, limit: int
) -> Sequence[Claimed]:
    """Claim what is to be fetched now. Only the sender's process can.

    A claim puts the next try off by itself, so a fetch that failed or died needs no word.
    """
    await _give_up(db, now)
    claimed = await db.execute(_claim(_due(now, limit), now))
    return [found for row in claimed if (found := _claimed(keyring, row)) is not None]


def _due(now: datetime, limit: int) -> CTE:
    return (
        select(attachments.c.id)
        .where(_WAITING, attachments.c.due_at <= now)
        .order_by(attachments.c.due_at, attachments.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )


def _claim(due: CTE, now: datetime) -> Update:
    c = attachments.c
    return (
        update(attachments)
        .where(c.id.in_(select(due.c.id)), _WAITING, c.due_at <= now)
        .values(attempts=c.attempts + 1, due_at=_next_try(now))
        .returning(c.id, c.channel, c.kind, c.mime, c.reference, c.public_key)
    )


def _next_try(now: datetime) -> Any:
    waits = {n: literal(now + wait, Instant) for n, wait in enumerate(BACKOFF)}
    return case(waits, value=attachments.c.attempts, else_=literal(now + BACKOFF[-1], Instant))


def _claimed(keyring: Keyring, row: Any) -> Claimed | None:
    if keyring.sender_private is None:
        raise CannotOpen
    context = _reference_context(row.id)
    try:
        reference = unseal(keyring.sender_private, row.reference, context=context).decode()
    except CannotOpen:
        # Nobody will ever fetch it: it is given up with the others when its day is over.
        return None
    return Claimed(row.id, row.channel, row.kind, row.mime, reference, row.public_key)


async def _give_up(db: Transaction, now: datetime) -> None:
    late = (attachments.c.made_at <= now - GIVE_UP_AFTER) & (attachments.c.due_at <= now)
    await db.execute(
        update(attachments).where(_WAITING, late).values(state=State.LOST, reference=None)
    )


async def lose(db: Transaction, attachment_id: str) -> None:
    """Note that the provider will never let us have it."""
    await db.execute(
        update(attachments)
        .where(attachments.c.id == attachment_id, _WAITING)
        .values(state=State.LOST, reference=None)
    )


async def keep(db: Transaction, claimed: Claimed, content: bytes) -> bool:
    """Keep *content* sealed; False when it was kept or given up in the meantime."""
    sealed = seal_file(claimed.public_key, content, context=_content_context(claimed.id))
    kept = await db.execute(
        update(attachments)
        .where(attachments.c.id == claimed.id, _WAITING)
        .values(state=State.KEPT, content=sealed, size=len(content), reference=None)
    )
    return kept.rowcount == 1


async def of_subject(db: Reads, subject: str) -> Sequence[Attachment]:
    """Return what belongs to a case or voice, in the order in which it came."""
    c = attachments.c
    found = await db.execute(
        select(c.id, c.entry_id, c.kind, c.mime, c.state, c.size)
        .where(c.subject == subject)
        .order_by(c.made_at, c.id)
    )
    return [
        Attachment(row.id, row.entry_id, row.kind, row.mime, State(row.state), row.size)
        for row in found
    ]


async def content(
    db: Reads, subject: str, attachment_id: str, private: bytes
) -> tuple[str, bytes] | None:
    """Return the media type and the opened bytes; None: *subject* keeps no such thing.

    Raises ``CannotOpen``.
    """
    c = attachments.c
    found = await db.execute(
        select(c.mime, c.content).where(
            c.id == attachment_id, c.subject == subject, c.state == State.KEPT
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    context = _content_context(attachment_id)
    return row.mime, unseal_file(private, row.content, context=context)


def _reference_context(attachment_id: str) -> str:
    return f"attachments.reference|{attachment_id}"


def _content_context(attachment_id: str) -> str:
    return f"attachments.content|{attachment_id}"
