"""Voice notes, photos and files: what there is of each, sealed, and how far it came.

A row is made with the words that they came with; the worker brings the bytes home
(``forum.safekeeping``). Both the case room and the voices keep theirs here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    insert,
    select,
)

from forum.cleaning import Reason
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring
from vault.seals import seal, unseal_file

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
    Column("raw", Sealed),
    Column("content", Sealed),
    Column("digest", LargeBinary),
    Column("doubt", String(16)),
    Column("size", Integer),
    Column("attempts", Integer, nullable=False, default=0),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant),
)

# What is at its end is due no more, and in no index.
Index(
    "ix_attachments_due",
    attachments.c.due_at,
    sqlite_where=attachments.c.due_at.is_not(None),
    postgresql_where=attachments.c.due_at.is_not(None),
)


class State(StrEnum):
    """How far an attachment came. ``MOVES`` says where it goes from there."""

    WAITING = "waiting"  # still at the provider
    RECEIVED = "received"  # here as it came, sealed to the worker, who is to clean it
    SEALED = "sealed"  # cleaned, or known as what cannot be, and sealed to the case
    VERIFIED = "verified"  # read back, and found to be what was sealed; what came is erased
    KEPT = "kept"  # erased at the provider, too, where that can be
    LOST = "lost"  # the provider does not have it any more, or never let us have it
    TOO_LARGE = "too-large"  # the provider has it, and lets nobody have so much


MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.WAITING: frozenset({State.RECEIVED, State.LOST, State.TOO_LARGE}),
    # Back to the one before, where it is found damaged.
    State.RECEIVED: frozenset({State.SEALED, State.WAITING}),
    State.SEALED: frozenset({State.VERIFIED, State.RECEIVED}),
    State.VERIFIED: frozenset({State.KEPT}),
    State.KEPT: frozenset(),
    State.LOST: frozenset(),
    State.TOO_LARGE: frozenset(),
}

#: What a member can open.
READABLE: Final = frozenset({State.VERIFIED, State.KEPT})

#: What is over.
ENDED: Final = frozenset(state for state, ways in MOVES.items() if not ways)

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


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a page shows before anything is opened; *size* in bytes once it is there.

    *doubt*: why it could not be cleaned; None when it is clean. *mime* and *kind* are what the
    provider said until it was looked at, and afterwards what it is.
    """

    id: str
    entry_id: str | None
    kind: str
    mime: str
    state: State
    size: int | None
    doubt: Reason | None

    @property
    def readable(self) -> bool:
        """Whether it can be opened."""
        return self.state in READABLE

    @property
    def on_its_way(self) -> bool:
        """Whether it may yet be."""
        return not self.readable and self.state not in ENDED


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """What is kept of one, closed. *doubt* as in ``Attachment``."""

    id: str
    mime: str
    content: bytes
    doubt: Reason | None

    def opened(self, private: bytes) -> bytes:
        """Return the bytes. Takes long for a large file. Raises ``CannotOpen``."""
        return unseal_file(private, self.content, context=content_context(self.id))


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
    context = reference_context(attachment_id)
    return {
        "id": attachment_id,
        "kind": offer.kind,
        # What a provider passes on is a stranger's word; it is shown to nobody as the truth.
        "mime": offer.mime.replace("\0", "")[:_MIME_LENGTH],
        "reference": seal(keyring.sender_public, reference, context=context),
    }


async def of_subject(db: Reads, subject: str) -> Sequence[Attachment]:
    """Return what belongs to a case or voice, in the order in which it came."""
    return await _shown(db, attachments.c.subject == subject)


async def of_subjects(db: Reads, subjects: Sequence[str]) -> Mapping[str, Sequence[Attachment]]:
    """Return what belongs to each of some cases or voices, in the order in which it came."""
    came: dict[str, list[Attachment]] = defaultdict(list)
    for row in await db.execute(_SHOWN.where(attachments.c.subject.in_(subjects))):
        came[row.subject].append(_attachment(row))
    return came


async def of_entries(
    db: Reads, subject: str, entry_ids: Sequence[str]
) -> Mapping[str, Sequence[Attachment]]:
    """Return what came with each of some entries of a case, in the order in which it came."""
    came: dict[str, list[Attachment]] = defaultdict(list)
    theirs = attachments.c.entry_id.in_(entry_ids)
    for each in await _shown(db, attachments.c.subject == subject, theirs):
        came[each.entry_id or ""].append(each)
    return came


async def _shown(db: Reads, *which: ColumnElement[bool]) -> Sequence[Attachment]:
    return [_attachment(row) for row in await db.execute(_SHOWN.where(*which))]


_SHOWN: Final = select(
    *(attachments.c[name] for name in ("id", "subject", "entry_id", "kind", "mime", "state")),
    *(attachments.c[name] for name in ("size", "doubt")),
).order_by(attachments.c.made_at, attachments.c.id)


def _attachment(row: Any) -> Attachment:
    state, doubt = State(row.state), _doubt(row.doubt)
    return Attachment(row.id, row.entry_id, row.kind, row.mime, state, row.size, doubt)


async def kept(db: Reads, subject: str, attachment_id: str) -> Kept | None:
    """Return one that *subject* keeps; None: there is no such, or it cannot be read yet."""
    c = attachments.c
    found = await db.execute(
        select(c.id, c.mime, c.content, c.doubt).where(
            c.id == attachment_id, c.subject == subject, c.state.in_(READABLE)
        )
    )
    row = found.one_or_none()
    return None if row is None else Kept(row.id, row.mime, row.content, _doubt(row.doubt))


def ids_of(subjects: Select[tuple[str]]) -> Select[tuple[str]]:
    """Return which attachments belong to the selected cases or voices."""
    return select(attachments.c.id).where(attachments.c.subject.in_(subjects))


def _doubt(word: str | None) -> Reason | None:
    return None if word is None else Reason(word)


def reference_context(attachment_id: str) -> str:
    """Return the place to which a reference is bound."""
    return f"attachments.reference|{attachment_id}"


def raw_context(attachment_id: str) -> str:
    """Return the place to which a file is bound as it came."""
    return f"attachments.raw|{attachment_id}"


def content_context(attachment_id: str) -> str:
    """Return the place to which a file is bound as it is kept."""
    return f"attachments.content|{attachment_id}"
