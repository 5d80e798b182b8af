"""``baraza keys``: what an operator and the holder of the recovery passphrase do together."""

import hashlib
from datetime import UTC, datetime

from app.settings import Settings
from app.wiring import key_folder
from forum import keyholders, members
from forum.members import Member
from grievances.exclusions import hidden_from
from storage.engine import Database, connect
from storage.unit_of_work import Reads
from vault import keyring as keys
from vault import passwords
from vault.recovery import pair_from

#: Characters of a fingerprint that two people read to each other: 80 bits.
SHOWN = 20


class NoSuchMember(Exception):
    """Nobody with this e-mail address is a member."""


def fingerprints(settings: Settings) -> dict[str, str]:
    """Return a short digest of each public key. Raises ``KeysMissing``."""
    keyring = keys.load(key_folder(settings), sender=False)
    public = {
        "recovery": keyring.recovery_public,
        "sender": keyring.sender_public,
        "route": keyring.route_public,
    }
    return {name: _fingerprint(key) for name, key in public.items()}


def _fingerprint(key: bytes) -> str:
    digest = hashlib.sha256(key).hexdigest()[:SHOWN]
    return " ".join(digest[i : i + 4] for i in range(0, SHOWN, 4))


async def grant(settings: Settings, email: str, passphrase: str) -> int:
    """Give *email* the key of every case and voice; return how many were new to them.

    Raises ``NoSuchMember``, ``BadPassphrase``, ``forum.members.NotAllowed``.
    """
    keyring = keys.load(key_folder(settings), sender=False)
    database = connect(settings.database, settings.data_dir)
    try:
        async with database.transaction() as db:
            member = await _member(db, email)
            return await keyholders.grant_by_recovery(
                db,
                keyring,
                pair_from(passphrase),
                to=member,
                apart_from=hidden_from(member.id),
                now=datetime.now(UTC),
            )
    finally:
        await database.close()


async def recover(settings: Settings, email: str, passphrase: str, password: str) -> None:
    """Close the member's private key under a new password.

    Raises ``NoSuchMember``, ``BadPassphrase`` and ``CannotOpen``.
    """
    keyring = keys.load(key_folder(settings), sender=False)
    database = connect(settings.database, settings.data_dir)
    try:
        async with database.reading() as reads:
            member = await _member(reads, email)
        private = members.private_by_recovery(member, pair_from(passphrase))
        await _keep(database, member, passwords.wrap(private, password, keyring.cost))
    finally:
        await database.close()


async def _keep(database: Database, member: Member, wrapped: bytes) -> None:
    async with database.transaction() as db:
        await members.change_password(db, member.id, wrapped, now=datetime.now(UTC))


async def _member(db: Reads, email: str) -> Member:
    member = await members.by_email(db, email)
    if member is None:
        raise NoSuchMember
    return member
