"""The people who work with Baraza: their roles, what those allow, and their keys.

A member has no password hash: the password opens the private key, and that is the check.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    RowMapping,
    Select,
    String,
    Table,
    delete,
    func,
    select,
    update,
)

from forum import audit
from forum.bodies import bodies, seating, seats
from forum.key_shares import withdraw_all
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert
from vault.keyring import Keyring
from vault.passwords import Cost, WrongPassword, unwrap, wrap
from vault.seals import KeyPair, new_pair, pair_of, seal, unseal

members = Table(
    "members",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),  # in small letters
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("body_id", String(32), ForeignKey("bodies.id")),
    Column("language", String(16), nullable=False),
    Column("public_key", LargeBinary),
    Column("wrapped", Sealed),  # the private key, under the password
    Column("recovery_copy", Sealed),  # the private key, for the day the password is forgotten
    Column("joined_at", Instant, nullable=False),
    Column("left_at", Instant),
    Column("shortcuts", Boolean, nullable=False, default=True),  # single keys act in the console
)


class Right(StrEnum):
    """Something that a role allows."""

    TRIAGE = "triage"  # sees every case, and holds a key to each new one
    HANDLE = "handle"  # works on the cases assigned to them
    MANAGE_MEMBERS = "manage_members"
    BROADCAST = "broadcast"
    AUDIT = "audit"
    EXCLUDE = "exclude"  # sees who is kept out of a case, and keeps somebody out
    SHARE_VIEWS = "share_views"  # keeps views of the queue for all who triage
    WATCH_DELIVERY = "watch_delivery"  # sees how messages travel, and has one sent again
    REMOVE_ANSWERS = "remove_answers"  # takes an answer that is kept ready from everybody
    STEER_DELIVERY = "steer_delivery"  # pauses what sends, and has many sent again
    READ_RULES = "read_rules"  # reads rule changes that are being written, and every edition
    SEE_SURVEYS = "see_surveys"  # sees what surveys found, as counts
    FILE = "file"  # writes down what somebody else reports, and does not see it again


class Role(StrEnum):
    """What somebody is in this forum."""

    LEAD = "lead"
    SECRETARY = "secretary"
    HANDLER = "handler"
    ADMINISTRATOR = "administrator"
    OFFICIAL = "official"
    AUDITOR = "auditor"
    FACILITATOR = "facilitator"


#: Who answers for what leaves: by broadcasting, or for the machine.
STEERING = frozenset({Right.WATCH_DELIVERY, Right.STEER_DELIVERY})

#: Who hears what is told to miners, and what came back as counts.
READING = frozenset({Right.READ_RULES, Right.SEE_SURVEYS})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.LEAD: frozenset({Right.TRIAGE, Right.HANDLE, Right.MANAGE_MEMBERS, Right.EXCLUDE})
    | {Right.SHARE_VIEWS, Right.REMOVE_ANSWERS}
    | STEERING
    | READING,
    Role.SECRETARY: frozenset({Right.TRIAGE, Right.HANDLE, Right.WATCH_DELIVERY}) | READING,
    Role.HANDLER: frozenset({Right.HANDLE}),
    Role.ADMINISTRATOR: frozenset({Right.MANAGE_MEMBERS}) | STEERING,
    Role.OFFICIAL: frozenset({Right.BROADCAST}) | STEERING | READING,
    Role.AUDITOR: frozenset({Right.AUDIT}),
    Role.FACILITATOR: frozenset({Right.FILE}),
}

#: Rights that open case content.
CASE_RIGHTS = frozenset({Right.TRIAGE, Right.HANDLE})


class NotAllowed(Exception):
    """This member may not give or take that role."""


class LastManager(Exception):
    """Without this member nobody could manage members any more."""


@dataclass(frozen=True, slots=True, repr=False)
class Member:
    """A member, present or past."""

    id: str
    email: str
    name: str
    role: Role
    body_id: str | None
    language: str
    public_key: bytes | None
    wrapped: bytes | None
    recovery_copy: bytes | None
    joined_at: datetime
    left_at: datetime | None
    shortcuts: bool = True

    def __repr__(self) -> str:
        return f"Member({self.id}, {self.role})"

    @property
    def active(self) -> bool:
        """Whether they are still here."""
        return self.left_at is None

    def may(self, right: Right) -> bool:
        """Whether they are here and their role allows it."""
        return self.active and right in RIGHTS[self.role]

    def may_give(self, role: Role) -> bool:
        """Whether they may give somebody *role*, or take it.

        A role that opens cases comes from somebody who has those rights: an administrator could
        otherwise invite another self who reads them.
        """
        needed = RIGHTS[role] & CASE_RIGHTS
        return self.may(Right.MANAGE_MEMBERS) and needed <= RIGHTS[self.role]


@dataclass(frozen=True, slots=True, repr=False)
class NewKeys:
    """A fresh key pair, and its private half as it will be kept."""

    pair: KeyPair
    wrapped: bytes
    recovery_copy: bytes


def prepare(password: str, keyring: Keyring) -> NewKeys:
    """Make the keys of somebody who joins with this password. Slow: call it in a thread."""
    pair = new_pair()
    copy = seal(keyring.recovery_public, pair.private, context=_copy_context(pair.public))
    return NewKeys(pair, wrap(pair.private, password, keyring.cost), copy)


def open_private(member: Member | None, password: str, cost: Cost) -> bytes:
    """Return the member's private key: this is what signing in means. Slow.

    Raises ``WrongPassword``, and takes as long to, when there is no such member.
    """
    if member is None or not member.active or member.wrapped is None:
        wrap(b"", password, cost)
        raise WrongPassword
    private = unwrap(member.wrapped, password)
    # A wrapped key that was copied over from another row is no way in.
    if pair_of(private).public != member.public_key:
        raise WrongPassword
    return private


def private_by_recovery(member: Member, recovery: KeyPair) -> bytes:
    """Return the private key of a member who forgot the password. Raises ``CannotOpen``."""
    public, copy = member.public_key or b"", member.recovery_copy or b""
    return unseal(recovery.private, copy, context=_copy_context(public))


async def get(db: Reads, member_id: str) -> Member | None:
    """Return the member with this id, present or past."""
    return await _one(db, members.c.id == member_id)


async def names(db: Reads, member_ids: Collection[str] | None = None) -> dict[str, str]:
    """Return the names of these members, present and past, by id, in the order of the names.

    *member_ids* None: of all.
    """
    wanted = select(members.c.id, members.c.name).order_by(members.c.name)
    if member_ids is not None:
        wanted = wanted.where(members.c.id.in_(member_ids))
    return {row.id: row.name for row in await db.execute(wanted)}


async def by_email(db: Reads, email: str) -> Member | None:
    """Return the present member with this e-mail address, however it is spelled."""
    return await _one(db, members.c.email == folded(email), members.c.left_at.is_(None))


async def everyone(db: Reads) -> list[Member]:
    """Return all present members by name."""
    present = select(members).where(members.c.left_at.is_(None)).order_by(members.c.name)
    return [_member(row) for row in (await db.execute(present)).mappings()]


async def holders(db: Reads) -> list[tuple[str, bytes]]:
    """Return id and public key of everybody who is given a key to each new case."""
    return [(row.id, row.public_key) for row in await db.execute(_holders())]


@cache
def _holders() -> Select[tuple[str, bytes]]:
    able = _present(Right.TRIAGE) & members.c.public_key.is_not(None)
    return select(members.c.id, members.c.public_key).where(able)


async def join(
    db: Transaction,
    *,
    email: str,
    name: str,
    role: Role,
    language: str,
    keys: NewKeys,
    now: datetime,
) -> Member | None:
    """Make somebody a member, or a member again. None: a present member has that address."""
    values = {
        "name": printable(name),
        "role": role,
        "language": language,
        "public_key": keys.pair.public,
        "wrapped": keys.wrapped,
        "recovery_copy": keys.recovery_copy,
        "joined_at": now,
        "left_at": None,
    }
    statement = insert(db, members).values(id=uuid4().hex, email=folded(email), **values)
    again = statement.on_conflict_do_update(
        index_elements=["email"], set_=values, where=members.c.left_at.is_not(None)
    )
    row = (await db.execute(again.returning(members))).mappings().one_or_none()
    return _member(row) if row else None


async def change_role(
    db: Transaction,
    member_id: str,
    role: Role,
    *,
    by: Member,
    now: datetime,
    keep: Collection[str] = (),
) -> None:
    """Give a member another role.

    Who loses the right to triage loses every case key, but those of *keep* (the cases assigned
    to them) while they still handle. Raises ``NotAllowed``, ``LastManager``.
    """
    await check_reach(db, member_id, by)
    if not by.may_give(role):
        raise NotAllowed
    await _change(db, member_id, role=role)
    if Right.TRIAGE not in RIGHTS[role]:
        await withdraw_all(db, member_id, keep=keep if Right.HANDLE in RIGHTS[role] else ())
    await audit.record(db, actor=by.id, act=f"member.role.{role}", subject=member_id, now=now)


async def remove(db: Transaction, member_id: str, *, by: Member, now: datetime) -> None:
    """Let a member go: no sign-in and no key any more. Raises ``NotAllowed``, ``LastManager``."""
    await check_reach(db, member_id, by)
    await _change(db, member_id, left_at=now, wrapped=None, recovery_copy=None, public_key=None)
    await withdraw_all(db, member_id)
    await audit.record(db, actor=by.id, act="member.removed", subject=member_id, now=now)


async def change_body(
    db: Transaction, member_id: str, body_id: str | None, *, by: Member, now: datetime
) -> None:
    """Let a member sit for another body, or for none; a seat of the body before is free again.

    Nobody moves themselves: what is hidden from a body's people would be theirs to uncover.
    Raises ``NotAllowed``.
    """
    await check_reach(db, member_id, by)
    if member_id == by.id or not await known(db, (), [body_id] if body_id else ()):
        raise NotAllowed
    await db.execute(update(members).where(members.c.id == member_id).values(body_id=body_id))
    of_body = select(seats.c.id).where(seats.c.body_id == body_id)
    elsewhere = (seating.c.member_id == member_id) & seating.c.seat_id.not_in(of_body)
    await db.execute(delete(seating).where(elsewhere))
    await audit.record(db, actor=by.id, act="member.body", subject=member_id, now=now)


async def of_bodies(db: Reads, body_ids: Collection[str]) -> Sequence[str]:
    """Return the ids of all who sit for one of these bodies, or sat there when they left."""
    seated = select(members.c.id).where(members.c.body_id.in_(body_ids)).order_by(members.c.id)
    return (await db.execute(seated)).scalars().all()


async def known(db: Reads, member_ids: Collection[str], body_ids: Collection[str]) -> bool:
    """Whether every one of these members and bodies is known, the past ones too."""
    people = select(func.count()).where(members.c.id.in_(member_ids))
    groups = select(func.count()).where(bodies.c.id.in_(body_ids))
    found = (await db.execute(select(people.scalar_subquery(), groups.scalar_subquery()))).one()
    return tuple(found) == (len(member_ids), len(body_ids))


async def change_password(
    db: Transaction, member_id: str, wrapped: bytes, *, now: datetime
) -> None:
    """Keep the private key as ``passwords.wrap`` closed it under the new password."""
    theirs = (members.c.id == member_id) & members.c.left_at.is_(None)
    await db.execute(update(members).where(theirs).values(wrapped=wrapped))
    await audit.record(db, actor=member_id, act="member.password", subject=member_id, now=now)


async def change_language(db: Transaction, member_id: str, language: str) -> None:
    """Show a member the console in another language."""
    await db.execute(update(members).where(members.c.id == member_id).values(language=language))


async def switch_shortcuts(db: Transaction, member_id: str, *, on: bool) -> None:
    """Let single keys act in a member's console, or not."""
    await db.execute(update(members).where(members.c.id == member_id).values(shortcuts=on))


def folded(email: str) -> str:
    """Return the one spelling of an e-mail address that is kept."""
    return printable(email).lower()


def printable(text: str) -> str:
    """Return *text* on one line, without what cannot be shown."""
    # A form can bring null bytes and half surrogates, which PostgreSQL does not take.
    return "".join(character for character in text if character.isprintable()).strip()


async def check_reach(db: Transaction, member_id: str, by: Member) -> None:
    """Raise ``NotAllowed`` unless *by* may decide what this present member may do."""
    member = await get(db, member_id)
    if member is None or not member.active or not by.may_give(member.role):
        raise NotAllowed


async def _change(db: Transaction, member_id: str, **values: Any) -> None:
    """Write *values*, unless nobody who manages members would remain after it."""
    await db.execute(update(members).where(members.c.id == member_id).values(**values))
    managers = select(func.count()).where(_present(Right.MANAGE_MEMBERS))
    if not (await db.execute(managers)).scalar():
        raise LastManager


def _present(right: Right) -> ColumnElement[bool]:
    roles = [role for role, rights in RIGHTS.items() if right in rights]
    return members.c.left_at.is_(None) & members.c.role.in_(roles)


async def _one(db: Reads, *where: ColumnElement[bool]) -> Member | None:
    row = (await db.execute(select(members).where(*where))).mappings().one_or_none()
    return _member(row) if row else None


def _member(row: RowMapping) -> Member:
    return Member(**{**row, "role": Role(row["role"])})


def _copy_context(public: bytes) -> str:
    return f"members.recovery_copy|{public.hex()}"
