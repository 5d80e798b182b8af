"""The keys of one installation: files outside the database, loaded once.

The private half of the recovery key is not among them: see ``vault.recovery``.
"""

import hmac
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from nacl.utils import random

from vault.passwords import COST, Cost
from vault.recovery import new_passphrase, pair_from
from vault.seals import new_pair

KEY_BYTES = 32

#: What this process needs whatever it does, and what only the sender needs.
_SHARED = ("root.key", "dialogue.key", "route.pub", "sender.pub", "recovery.pub")
_SENDERS = ("route.key", "sender.key")


class KeysMissing(Exception):
    """The keys are not where they should be; the text says so in plain words."""


class KeysExist(Exception):
    """There are keys already. New ones would close every case for good."""


class Purpose(StrEnum):
    """What a pseudonym is for. Pseudonyms of two purposes cannot be matched."""

    DIALOGUE = "dialogue"
    ROUTE = "route"
    STOP = "stop"
    TRIES = "tries"
    CODE = "code"
    INBOX = "inbox"
    SUBSCRIBER = "subscriber"
    VOICE = "voice"
    SURVEY = "survey"
    INVITE = "invite"
    SESSION = "session"
    REHEARSAL = "rehearsal"
    SOUND = "sound"  # no pseudonym: it shows that we gave out the address of a recording
    SPOOL = "spool"  # no pseudonym: what arrives while the database is away is locked under it


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """Every key that this process holds. Never printed."""

    root: bytes
    dialogue_key: bytes
    route_public: bytes
    route_private: bytes | None
    sender_public: bytes
    sender_private: bytes | None
    recovery_public: bytes
    cost: Cost = COST

    def keyed(self, purpose: Purpose, *parts: str) -> bytes:
        """Return HMAC-SHA-256 of *parts* under the key of *purpose*: 32 bytes."""
        key = _purpose_key(self.root, purpose)
        # Each part brings its length: ("ab", "c") and ("a", "bc") are different people.
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
        return hmac.digest(key, message, "sha256")

    def pseudonym(self, purpose: Purpose, *parts: str) -> str:
        """Return what stands for *parts* in a table: 32 hexadecimal characters."""
        return self.keyed(purpose, *parts)[:16].hex()


@lru_cache
def _purpose_key(root: bytes, purpose: Purpose) -> bytes:
    return hmac.digest(root, purpose.encode(), "sha256")


def exists(directory: Path) -> bool:
    """Whether any key is in *directory*. Half a set counts: it is to be restored, not replaced."""
    return any((directory / name).exists() for name in _SHARED + _SENDERS)


def create(directory: Path) -> str:
    """Make all keys in *directory* and return the recovery passphrase, to be printed once.

    All or nothing: the files are made next to it and moved into place. Raises ``KeysExist``.
    """
    if exists(directory):
        raise KeysExist(f"There are keys in {directory} already.")
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    passphrase = new_passphrase()
    for name, key in _new_keys(passphrase).items():
        _write(fresh / name, key)
    _settle(fresh)
    fresh.replace(directory)
    _settle(directory.parent)
    return passphrase


def load(directory: Path, *, sender: bool = True, cost: Cost = COST) -> Keyring:
    """Read the keys. *sender* False leaves the private halves of ROUTE and SENDER unread.

    Raises ``KeysMissing``.
    """
    keys = {name: _read(directory / name) for name in _SHARED}
    private = {name: _read(directory / name) for name in _SENDERS} if sender else {}
    return Keyring(
        root=keys["root.key"],
        dialogue_key=keys["dialogue.key"],
        route_public=keys["route.pub"],
        route_private=private.get("route.key"),
        sender_public=keys["sender.pub"],
        sender_private=private.get("sender.key"),
        recovery_public=keys["recovery.pub"],
        cost=cost,
    )


def _new_keys(passphrase: str) -> dict[str, bytes]:
    route, sender = new_pair(), new_pair()
    return {
        "root.key": random(KEY_BYTES),
        "dialogue.key": random(KEY_BYTES),
        "route.pub": route.public,
        "route.key": route.private,
        "sender.pub": sender.public,
        "sender.key": sender.private,
        "recovery.pub": pair_from(passphrase).public,
    }


def _write(path: Path, key: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{key.hex()}\n")
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """See that the names in *folder* are on the disk: a passphrase is printed for these keys."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except FileNotFoundError:
        raise KeysMissing(f"The key {path.name} is missing from {path.parent}.") from None
    except (OSError, ValueError):
        raise KeysMissing(f"The key {path} cannot be read.") from None
    if len(key) != KEY_BYTES:
        raise KeysMissing(f"The key {path} is damaged.")
    return key
