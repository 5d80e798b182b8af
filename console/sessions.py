"""Who is signed in. A session can be ended from here, unlike one that lives in a cookie.

The member's private key lies in the row, locked under the session's secret, which only the
browser has: the table alone opens nothing.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Column, String, Table, delete, select, update

from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from vault import seals
from vault.keyring import Keyring, Purpose

#: Left alone for this long, a session ends: a screen that nobody watches.
IDLE: Final = timedelta(minutes=30)

#: However busy, a session ends after a long working day.
ABSOLUTE: Final = timedelta(hours=12)

#: ``seen_at`` is written at most this often; each write waits for the disk.
TOUCH_EVERY: Final = timedelta(minutes=1)

_SECRET_BYTES = 32

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),  # a pseudonym of the secret
    Column("member_id", String(32), nullable=False, index=True),
    Column("sealed", Sealed, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """An open session, unlocked by the secret that the browser sent."""

    id: str
    member_id: str
    private: bytes
    csrf: str  # what each form must bring back
    seen_at: datetime


async def start(
    db: Transaction, keyring: Keyring, *, member_id: str, private: bytes, now: datetime
) -> str:
    """Open a session and return its secret, for the cookie and nowhere else."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row_id = _row_id(keyring, secret)
    sealed = seals.lock(_key(secret), private, context=_context(row_id))
    await db.execute(delete(sessions).where(sessions.c.made_at < now - ABSOLUTE))
    await db.execute(
        sessions.insert().values(
            id=row_id, member_id=member_id, sealed=sealed, made_at=now, seen_at=now
        )
    )
    return secret


async def resume(db: Reads, keyring: Keyring, secret: str, now: datetime) -> Session | None:
    """Return the session that *secret* opens, unless it was ended or has run out."""
    row_id = _row_id(keyring, secret)
    alive = (
        (sessions.c.id == row_id)
        & (sessions.c.seen_at > now - IDLE)
        & (sessions.c.made_at > now - ABSOLUTE)
    )
    row = (await db.execute(select(sessions).where(alive))).one_or_none()
    if row is None:
        return None
    private = seals.unlock(_key(secret), row.sealed, context=_context(row_id))
    return Session(row_id, row.member_id, private, _csrf(secret), row.seen_at)


async def touch(db: Transaction, session_id: str, now: datetime) -> None:
    """Note that its member is still there."""
    await db.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))


async def end(db: Transaction, session_id: str) -> None:
    """End one session."""
    await db.execute(delete(sessions).where(sessions.c.id == session_id))


async def end_all(db: Transaction, member_id: str, *, but: str = "") -> None:
    """End every session of a member, except the one named *but*."""
    of_member = (sessions.c.member_id == member_id) & (sessions.c.id != but)
    await db.execute(delete(sessions).where(of_member))


def _row_id(keyring: Keyring, secret: str) -> str:
    return keyring.pseudonym(Purpose.SESSION, secret)


def _key(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"baraza session").digest()


def _csrf(secret: str) -> str:
    digest = hmac.digest(secret.encode(), b"baraza csrf", "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _context(row_id: str) -> str:
    return f"sessions.sealed|{row_id}"
