"""A private key wrapped by a password. Opening it is the check of the password.

Argon2id is slow and hungry on purpose: callers run ``wrap`` and ``unwrap`` in a thread.
"""

import struct
import unicodedata
from dataclasses import dataclass
from typing import Self

from argon2.low_level import Type, hash_secret_raw
from nacl.utils import random

from locales import N_
from vault.seals import VERSION, Algorithm, CannotOpen, lock, unlock

SALT_BYTES = 16
KEY_BYTES = 32
MIN_CHARACTERS = 12

#: Longer ones are turned away, so that nobody makes us hash megabytes.
MAX_CHARACTERS = 1024

#: Fewer different characters than this are no password, however long.
MIN_DIFFERENT = 5

_CONTEXT = "wrapped private key"
_RUNS = ("0123456789" * 4, "abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm" * 2)


class WrongPassword(Exception):
    """The password does not open this key."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one Argon2id hash costs: passes, KiB of memory, lanes."""

    time: int
    memory_kib: int
    lanes: int

    def pack(self) -> bytes:
        """Return the cost as it stands in front of what was made at it."""
        return _COST.pack(self.time, self.memory_kib, self.lanes)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Return the cost that *packed* begins with. Raises ``CannotOpen``: damaged, or absurd."""
        try:
            cost = cls(*_COST.unpack(packed[: _COST.size]))
        except struct.error:
            raise CannotOpen from None
        if not cost.sane:
            raise CannotOpen
        return cost

    @property
    def sane(self) -> bool:
        """Whether a tampered row cannot make us work for minutes or take all memory there is."""
        small = self.time <= MAX_COST.time and self.lanes <= MAX_COST.lanes
        return min(self.time, self.memory_kib, self.lanes) > 0 and (
            small and self.memory_kib <= MAX_COST.memory_kib
        )

    def stretch(self, secret: bytes, salt: bytes) -> bytes:
        """Return 32 bytes that take this much work to make of *secret*."""
        return hash_secret_raw(
            secret, salt, self.time, self.memory_kib, self.lanes, KEY_BYTES, Type.ID
        )


_COST = struct.Struct(">BIB")
COST_BYTES = _COST.size

#: OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes and 1 lane at the least.
COST = Cost(time=2, memory_kib=19 * 1024, lanes=1)

#: Above what anybody should set: 1 GiB.
MAX_COST = Cost(time=16, memory_kib=1 << 20, lanes=16)


def wrap(private: bytes, password: str, cost: Cost) -> bytes:
    """Close *private* under *password*. Slow. Cost and salt stand in the envelope."""
    salt = random(SALT_BYTES)
    key = cost.stretch(_prepared(password), salt)
    head = bytes((VERSION, Algorithm.WRAPPED)) + cost.pack() + salt
    return head + lock(key, private, context=_CONTEXT)


def unwrap(wrapped: bytes, password: str) -> bytes:
    """Open what ``wrap`` closed. Slow. Raises ``WrongPassword``, or ``CannotOpen``: damaged."""
    if wrapped[:2] != bytes((VERSION, Algorithm.WRAPPED)):
        raise CannotOpen
    cost = Cost.unpack(wrapped[2:])
    body = wrapped[2 + COST_BYTES :]
    if len(body) <= SALT_BYTES:
        raise CannotOpen
    key = cost.stretch(_prepared(password), body[:SALT_BYTES])
    try:
        return unlock(key, body[SALT_BYTES:], context=_CONTEXT)
    except CannotOpen:
        raise WrongPassword from None


def weak(password: str) -> str | None:
    """Return the msgid of what is wrong with a new password; None: it will do."""
    if len(password) < MIN_CHARACTERS:
        return N_("The password is too short. Use at least 12 characters.")
    if len(password) > MAX_CHARACTERS:
        return N_("The password is too long.")
    if _simple(password.casefold()):
        return N_("The password is too simple. Put a few words together that only you would.")
    return None


def _simple(password: str) -> bool:
    """Whether it has few characters, is one piece over and over, or runs along the keyboard."""
    # A string that repeats a shorter piece is found inside itself doubled, before its own length.
    repeats = (password + password).find(password, 1) < len(password)
    return len(set(password)) < MIN_DIFFERENT or repeats or any(password in run for run in _RUNS)


def _prepared(password: str) -> bytes:
    # Two keyboards write é in two ways; NFKC makes them one (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
