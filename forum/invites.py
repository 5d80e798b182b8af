"""How somebody becomes a member: a link that works once, by which they choose a password."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, String, Table, delete, insert, select

from forum import audit, members
from forum.members import Member, NewKeys, NotAllowed, Role
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring, Purpose

invites = Table(
    "invites",
    metadata,
    Column("token_hash", String(32), primary_key=True),
    Column("email", String(254), unique=True),  # none: the first lead, who will say
    Column("name", String(200)),
    Column("role", String(16), nullable=False),
    Column("language", String(16), nullable=False),
    Column("first", Boolean, nullable=False),
    Column("invited_by", String(32)),
    Column("expires_at", Instant, nullable=False),
)

LASTS = timedelta(days=7)

#: The first link is printed in a terminal and may linger there.
FIRST_LASTS = timedelta(hours=24)


class InviteSpent(Exception):
    """The link was used, replaced, or is too old."""


class EmailTaken(Exception):
    """A present member has this e-mail address."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation says; *email* and *name* are None for the first lead."""

    email: str | None
    name: str | None
    role: Role
    language: str


async def invite(
    db: Transaction,
    keyring: Keyring,
    *,
    email: str,
    name: str,
    role: Role,
    language: str,
    by: Member,
    now: datetime,
) -> str:
    """Return the token of a link for 7 days; an earlier one to the same address is void.

    Raises ``NotAllowed`` when *by* may not give that role, and ``EmailTaken``.
    """
    if not by.may_give(role):
        raise NotAllowed
    if await members.by_email(db, email) is not None:
        raise EmailTaken
    address = members.folded(email)
    await db.execute(delete(invites).where(invites.c.email == address))
    invited = {
        "email": address,
        "name": members.printable(name),
        "role": role,
        "language": language,
    }
    token = await _keep(db, keyring, now + LASTS, **invited, first=False, invited_by=by.id)
    await audit.record(db, actor=by.id, act=f"member.invited.{role}", subject="-", now=now)
    return token


async def first_invite(
    db: Transaction, keyring: Keyring, now: datetime, *, language: str = "en"
) -> str:
    """Return the token of a link for the first lead, for 24 hours; an earlier one is void."""
    await db.execute(delete(invites).where(invites.c.first))
    return await _keep(
        db, keyring, now + FIRST_LASTS, role=Role.LEAD, language=language, first=True
    )


async def read_invite(db: Reads, keyring: Keyring, token: str, now: datetime) -> Invited | None:
    """Return what the link invites to; None: it was used, replaced, or is too old."""
    row = (await db.execute(select(invites).where(*_valid(keyring, token, now)))).one_or_none()
    return _invited(row) if row else None


async def accept(
    db: Transaction,
    keyring: Keyring,
    token: str,
    *,
    prepared: NewKeys,
    now: datetime,
    email: str | None = None,
    name: str | None = None,
) -> Member:
    """Use the link up and make the member. *email* and *name* count for the first lead only.

    Raises ``InviteSpent`` and ``EmailTaken``.
    """
    valid = _valid(keyring, token, now)
    row = (await db.execute(delete(invites).where(*valid).returning(invites))).one_or_none()
    if row is None:
        raise InviteSpent
    invited = _invited(row)
    member = await members.join(
        db,
        email=invited.email or email or "",
        name=invited.name or name or "",
        role=invited.role,
        language=invited.language,
        keys=prepared,
        now=now,
    )
    if member is None:
        raise EmailTaken
    await audit.record(db, actor=member.id, act="member.joined", subject=member.id, now=now)
    return member


async def _keep(db: Transaction, keyring: Keyring, expires_at: datetime, **values: Any) -> str:
    token = secrets.token_urlsafe(24)
    token_hash = keyring.pseudonym(Purpose.INVITE, token)
    await db.execute(
        insert(invites).values(token_hash=token_hash, expires_at=expires_at, **values)
    )
    return token


def _valid(keyring: Keyring, token: str, now: datetime) -> tuple[Any, ...]:
    return (
        invites.c.token_hash == keyring.pseudonym(Purpose.INVITE, token),
        invites.c.expires_at > now,
    )


def _invited(row: Any) -> Invited:
    return Invited(row.email, row.name, Role(row.role), row.language)
