"""What has been heard already, and what was heard but could not be dealt with yet.

A message is known by a keyed hash of the provider's own id, so a webhook that comes five times
is one row and one turn. A message whose turn failed is held, sealed, and played again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table, delete, select, update

from channels import windows
from channels.base import Address, Inbound, Media, Stopped
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert, insert_new
from vault import seals
from vault.keyring import Keyring, Purpose
from vault.seals import CannotOpen

inbox = Table(
    "inbox",
    metadata,
    Column("token", String(32), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("held", Sealed),  # sealed to SENDER; null once its turn was taken
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", Instant),
    Index("ix_inbox_due_at", "due_at"),
    Index("ix_inbox_received_at", "received_at"),
)

#: When a failed turn is played again. The last wait repeats for ever: no word is given up.
WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)

#: Parameters in one statement; SQLite takes 32,766 at most.
IN_ONE_QUESTION = 1000

#: A day of a country's arrivals is millions; nobody waits for the rest.
FORGOTTEN_AT_A_TIME = 5_000

#: Nobody else plays a held message while one worker is at it.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """A message whose turn has to be taken again."""

    token: str
    inbound: Inbound


def token(keyring: Keyring, arrival: Inbound | Stopped) -> str:
    """Return what stands for this arrival: the same for every repeat of it."""
    return keyring.pseudonym(Purpose.INBOX, arrival.address.channel, arrival.external_id)


async def first_time(
    db: Transaction, keyring: Keyring, arrival: Inbound | Stopped, now: datetime
) -> bool:
    """Note the arrival; False when it was noted before."""
    row = {
        "token": token(keyring, arrival),
        "channel": arrival.address.channel,
        "received_at": now,
        "attempts": 0,
    }
    first = (await db.execute(insert_new(db, inbox), row)).rowcount == 1
    if first and isinstance(arrival, Inbound):
        await windows.note(db, keyring, arrival.address, now)
    return first


async def unheard(db: Reads, keyring: Keyring, arrivals: Sequence[Inbound]) -> Sequence[Inbound]:
    """Return those of *arrivals* that were never noted. For thousands at a time."""
    known: set[str] = set()
    tokens = [token(keyring, arrival) for arrival in arrivals]
    for start in range(0, len(tokens), IN_ONE_QUESTION):
        some = tokens[start : start + IN_ONE_QUESTION]
        found = await db.execute(select(inbox.c.token).where(inbox.c.token.in_(some)))
        known.update(found.scalars())
    return [one for one, its in zip(arrivals, tokens, strict=True) if its not in known]


async def hold(db: Transaction, keyring: Keyring, inbound: Inbound, now: datetime) -> None:
    """Keep *inbound*, sealed, to be played again after the next wait.

    For a turn that failed, in a transaction of its own: it notes the arrival as well, so a repeat
    of the webhook changes nothing.
    """
    key = token(keyring, inbound)
    held = seals.seal(keyring.sender_public, _encoded(inbound), context=_context(key))
    fresh = insert(db, inbox).values(
        token=key,
        channel=inbound.address.channel,
        received_at=now,
        held=held,
        attempts=1,
        due_at=now + WAITS[0],
    )
    if (await db.execute(fresh.on_conflict_do_nothing())).rowcount == 1:
        return
    tried = select(inbox.c.attempts).where(inbox.c.token == key).with_for_update()
    attempts: int = (await db.execute(tried)).scalar_one()
    again = {"held": held, "attempts": attempts + 1, "due_at": now + _wait(attempts)}
    await db.execute(update(inbox).where(inbox.c.token == key).values(again))


async def claim_held(
    db: Transaction, keyring: Keyring, now: datetime, *, limit: int = 50
) -> Sequence[Held]:
    """Take the held messages that are due, oldest first, for ``LEASE``.

    Their arrival is noted already: take their turn without asking ``first_time``, then say
    ``done``, or ``hold`` them again. Needs the sender's private key, else raises ``CannotOpen``.
    """
    due = (
        select(inbox.c.token)
        .where(inbox.c.due_at <= now)
        .order_by(inbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = await db.execute(
        update(inbox)
        .where(inbox.c.token.in_(select(due.c.token)))
        .values(due_at=now + LEASE)
        .returning(inbox.c.token, inbox.c.held, inbox.c.received_at)
    )
    rows = sorted(claimed, key=lambda row: row.received_at)
    return [Held(row.token, _opened(keyring, row.token, row.held)) for row in rows]


async def done(db: Transaction, held: str) -> None:
    """Forget the words behind the token *held*; that they came stays known."""
    await db.execute(update(inbox).where(inbox.c.token == held).values(held=None, due_at=None))


async def purge(db: Transaction, before: datetime) -> int:
    """Forget some arrivals older than *before*, except what is still held. Returns how many.

    Telegram repeats an update for up to 24 h and Twilio a webhook for less; keep 48 h at least.
    """
    old = (inbox.c.received_at < before) & inbox.c.held.is_(None)
    some = (
        select(inbox.c.token).where(old).order_by(inbox.c.received_at).limit(FORGOTTEN_AT_A_TIME)
    )
    return (await db.execute(delete(inbox).where(inbox.c.token.in_(some)))).rowcount


def _wait(attempts: int) -> timedelta:
    return WAITS[min(attempts, len(WAITS) - 1)]


def _context(key: str) -> str:
    return f"inbox.held|{key}"


def _opened(keyring: Keyring, key: str, held: bytes) -> Inbound:
    if keyring.sender_private is None:
        raise CannotOpen
    return _decoded(seals.unseal(keyring.sender_private, held, context=_context(key)))


def _encoded(inbound: Inbound) -> bytes:
    words = {
        "channel": inbound.address.channel,
        "value": inbound.address.value,
        "external_id": inbound.external_id,
        "text": inbound.text,
        "choice": inbound.choice,
        "media": [[media.reference, media.kind, media.mime] for media in inbound.media],
        "language_hint": inbound.language_hint,
        "payload": inbound.payload,
        "answered": inbound.answered,
        "rang": inbound.rang,
    }
    return json.dumps(words).encode()


def _decoded(plain: bytes) -> Inbound:
    words: dict[str, Any] = json.loads(plain)
    address = Address(words.pop("channel"), words.pop("value"))
    media = tuple(Media(*one) for one in words.pop("media"))
    return Inbound(address, media=media, **words)
