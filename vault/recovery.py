"""The recovery passphrase: 130 random bits on paper, and the key pair that they make.

Nothing of it stays on the host but the public half. The bits carry the whole strength, so no
slow hash is needed: 2**130 guesses are out of anybody's reach.
"""

import secrets
from hashlib import blake2b

from vault import check_digits
from vault.seals import KeyPair, pair_of

#: Crockford's base 32: no I, L, O or U, which are misread.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_VALUES = 26  # of 5 bits each
_GROUP = 3


class BadPassphrase(Exception):
    """It is not a passphrase of ours: a character is wrong, missing or too many."""


def new_passphrase() -> str:
    """Return a fresh passphrase: nine groups of three characters, the last a check character."""
    values = [secrets.randbelow(32) for _ in range(_VALUES)]
    values.append(check_digits.base32(values))
    characters = "".join(_ALPHABET[value] for value in values)
    return "-".join(
        characters[start : start + _GROUP] for start in range(0, len(characters), _GROUP)
    )


def pair_from(passphrase: str) -> KeyPair:
    """Return the pair of *passphrase*, typed in any case and spacing. Raises ``BadPassphrase``."""
    values = _values(passphrase)
    if len(values) != _VALUES + 1 or check_digits.base32(values) != 0:
        raise BadPassphrase
    seed = blake2b(bytes(values[:_VALUES]), digest_size=32, person=b"baraza recovery")
    return pair_of(seed.digest())


def _values(passphrase: str) -> list[int]:
    characters = "".join(c for c in passphrase if c.isalnum()).upper().translate(_MISREAD)
    try:
        return [_ALPHABET.index(character) for character in characters]
    except ValueError:
        raise BadPassphrase from None
