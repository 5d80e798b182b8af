"""The way of an attachment from the provider into the case, one commit for each step of it.

Received → stripped and sealed → verified → erased at the source. Whatever is cut short goes on
where it stood: a row is due again by itself, and each step is taken from the state before it and
from no other. What came is kept until what was made of it was read back from the database; the
provider is asked to forget it last of all.

The worker can open what it received, and cannot open what it sealed to a case. So the first is
checked by opening it, and the second by its SHA-256: over what is closed, as an open hash of a
photo would tell whoever has the photo which case it is in.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import CTE, Update, case, literal, select, update

from forum.attachments import (
    MOVES,
    State,
    attachments,
    content_context,
    raw_context,
    reference_context,
)
from forum.cleaning import Cleaned, Reason
from storage.base import Instant
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring
from vault.seals import CannotOpen, seal_file, unseal, unseal_file

#: How long an attachment is tried to be fetched for, from when it came.
GIVE_UP_AFTER = timedelta(hours=24)

#: From the start of one try to the next, by the number of tries behind it. The first is longer
#: than to fetch and clean one can take, so that nobody starts a second time beside it.
BACKOFF = (
    timedelta(minutes=3),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)

#: What a true media type is called.
_KINDS: Final = {"image": "photo", "audio": "voice", "video": "video"}


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """One to be taken further now. Its reference is never printed; it is empty when damaged.

    *attempts*: how often it was claimed in this state, this time included.
    """

    id: str
    state: State
    channel: str
    kind: Literal["photo", "voice", "video", "file"]
    mime: str
    reference: str
    public_key: bytes
    attempts: int
    made_at: datetime
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """One that is given up. *subject*: the case or voice that it was for; *channel*: its line."""

    subject: str
    channel: str
    too_large: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Closed:
    """A file sealed to its case. *size*: bytes before; *doubt*: why it is not clean, or None."""

    content: bytes
    digest: bytes
    size: int
    mime: str
    doubt: Reason | None


# --- what is due -----------------------------------------------------------------------------


async def claim(
    db: Transaction, keyring: Keyring, now: datetime, *, limit: int
) -> Sequence[Claimed]:
    """Claim what is to be taken further now. Only the sender's process can: raises ``CannotOpen``.

    A claim puts the next try off by itself, so a step that failed or died needs no word.
    """
    if keyring.sender_private is None:
        raise CannotOpen
    rows = await db.execute(_claim(_due(now, limit), now))
    claimed = [_claimed(keyring.sender_private, row, now) for row in rows]
    # One whose reference is damaged is never fetched: it is given up when its day is over.
    return [one for one in claimed if one.reference or one.state is not State.WAITING]


async def give_up(db: Transaction, now: datetime) -> Sequence[Lost]:
    """Give up what could not be fetched for a whole day; return each, once."""
    late = (attachments.c.made_at <= now - GIVE_UP_AFTER) & (attachments.c.due_at <= now)
    waiting = attachments.c.state == State.WAITING
    gone = await db.execute(
        update(attachments)
        .where(waiting, late)
        .values(**_over(State.LOST))
        .returning(attachments.c.subject, attachments.c.channel)
    )
    return [Lost(row.subject, row.channel) for row in gone]


def _due(now: datetime, limit: int) -> CTE:
    return (
        select(attachments.c.id)
        .where(attachments.c.due_at <= now)
        .order_by(attachments.c.due_at, attachments.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )


def _claim(due: CTE, now: datetime) -> Update:
    c = attachments.c
    return (
        update(attachments)
        .where(c.id.in_(select(due.c.id)), c.due_at <= now)
        .values(attempts=c.attempts + 1, due_at=_next_try(now))
        .returning(
            *(c.id, c.state, c.channel, c.kind, c.mime, c.reference),
            *(c.public_key, c.attempts, c.made_at),
        )
    )


def _next_try(now: datetime) -> Any:
    waits = {n: literal(now + wait, Instant) for n, wait in enumerate(BACKOFF)}
    return case(waits, value=attachments.c.attempts, else_=literal(now + BACKOFF[-1], Instant))


def _claimed(private: bytes, row: Any, now: datetime) -> Claimed:
    context = reference_context(row.id)
    try:
        reference = unseal(private, row.reference or b"", context=context).decode()
    except CannotOpen:
        reference = ""
    return Claimed(
        row.id,
        State(row.state),
        row.channel,
        row.kind,
        row.mime,
        reference,
        row.public_key,
        row.attempts,
        row.made_at,
        now,
    )


# --- what is closed and opened; each takes long for a large file -----------------------------


def close_raw(keyring: Keyring, claimed: Claimed, content: bytes) -> bytes:
    """Seal *content* as it came, to the worker itself."""
    return seal_file(keyring.sender_public, content, context=raw_context(claimed.id))


def open_raw(keyring: Keyring, claimed: Claimed, raw: bytes | None) -> bytes:
    """Open what ``close_raw`` closed. Raises ``CannotOpen``, also when there is nothing."""
    if keyring.sender_private is None or raw is None:
        raise CannotOpen
    return unseal_file(keyring.sender_private, raw, context=raw_context(claimed.id))


def close(claimed: Claimed, file: Cleaned, doubt: Reason | None) -> Closed:
    """Seal *file* to its case."""
    context = content_context(claimed.id)
    sealed = seal_file(claimed.public_key, file.content, context=context)
    digest = hashlib.sha256(sealed).digest()
    return Closed(sealed, digest, len(file.content), file.mime, doubt)


def is_sound(content: bytes | None, digest: bytes | None) -> bool:
    """Whether *content* is what was once sealed."""
    return content is not None and hashlib.sha256(content).digest() == digest


# --- the steps: each is taken once, from the state before it; else False ---------------------


async def receive(db: Transaction, attachment_id: str, raw: bytes) -> bool:
    """Keep what the provider gave, as ``close_raw`` closed it."""
    return await _step(db, attachment_id, State.WAITING, State.RECEIVED, raw=raw)


async def raw_of(db: Reads, attachment_id: str) -> bytes | None:
    """Return what was received."""
    raw: bytes | None = (await _columns(db, attachment_id, [attachments.c.raw]))[0]
    return raw


async def seal(db: Transaction, attachment_id: str, closed: Closed) -> bool:
    """Keep what was made of it. What came stays until this was verified."""
    told: dict[str, Any] = {}
    if closed.doubt is None:
        told["kind"] = _KINDS.get(closed.mime.partition("/")[0], "file")
    return await _step(
        db,
        attachment_id,
        State.RECEIVED,
        State.SEALED,
        content=closed.content,
        digest=closed.digest,
        size=closed.size,
        mime=closed.mime,
        doubt=closed.doubt,
        **told,
    )


async def sealed_of(db: Reads, attachment_id: str) -> tuple[bytes | None, bytes | None]:
    """Return what was sealed, read back, and the digest that it should have."""
    content, digest = await _columns(
        db, attachment_id, [attachments.c.content, attachments.c.digest]
    )
    return content, digest


async def verify(db: Transaction, attachment_id: str, digest: bytes) -> bool:
    """Note that what is kept was read back and has this *digest*; erase what came."""
    same = attachments.c.digest == digest
    return await _step(db, attachment_id, State.SEALED, State.VERIFIED, same, raw=None)


async def finish(db: Transaction, attachment_id: str) -> bool:
    """Note that the provider has forgotten it, or never will."""
    return await _step(db, attachment_id, State.VERIFIED, State.KEPT, reference=None, due_at=None)


async def lose(db: Transaction, attachment_id: str, *, too_large: bool = False) -> Lost | None:
    """Note that the provider will never let us have it; return what is lost, once."""
    end = State.TOO_LARGE if too_large else State.LOST
    if not await _step(db, attachment_id, State.WAITING, end, **_over(end)):
        return None
    columns = [attachments.c.subject, attachments.c.channel]
    subject, channel = await _columns(db, attachment_id, columns)
    return Lost(subject, channel, too_large)


async def back(db: Transaction, claimed: Claimed, state: State) -> bool:
    """Take the step to *state* once more: what it made is damaged."""
    before = State.WAITING if state is State.RECEIVED else State.RECEIVED
    erased = {"raw": None} if before is State.WAITING else {"content": None, "digest": None}
    return await _step(db, claimed.id, state, before, **erased)


def _over(end: State) -> dict[str, Any]:
    return {"state": end, "reference": None, "due_at": None}


async def _step(
    db: Transaction, attachment_id: str, come: State, go: State, *more: Any, **values: Any
) -> bool:
    """Move one row on; with the tries counted anew, which the next step has to itself."""
    assert go in MOVES[come]  # noqa: S101 - a step that the table does not know is a fault of ours
    c = attachments.c
    moved = await db.execute(
        update(attachments)
        .where(c.id == attachment_id, c.state == come, *more)
        .values({"state": go, "attempts": 0, **values})
    )
    return moved.rowcount == 1


async def _columns(db: Reads, attachment_id: str, columns: Iterable[Any]) -> tuple[Any, ...]:
    found = await db.execute(select(*columns).where(attachments.c.id == attachment_id))
    return tuple(found.one())
