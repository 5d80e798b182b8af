"""Receipt codes: LLLL-SSSS-SSSSS-D, a locator, a secret and a check digit.

The locator finds the row, the secret (nine digits) is kept only as a peppered Argon2id digest.
"""

import asyncio
import hmac
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from nacl.utils import random

from vault import check_digits
from vault.keyring import Keyring, Purpose
from vault.passwords import COST_BYTES, SALT_BYTES, Cost
from vault.seals import CannotOpen

LENGTH = 14
_LOCATOR = 4

#: What a cut code leaves behind.
CUT_MARK = "[code]"

#: Some 5 ms. Less than for a password, which has no pepper: without the key of this purpose, kept
#: outside the database, nothing can be guessed at all, and whoever has it reads unread answers
#: anyway. A burst of reports after a broadcast must not wait for it.
COST = Cost(time=1, memory_kib=8 * 1024, lanes=1)

#: How many codes wait ready, so that a burst of reports need not wait for Argon2.
READY = 16

_DIGIT = r"[\dOo]"
#: Blanks, dashes, dots, slashes, and the invisible marks that right-to-left keyboards add.
_GAP = r"[\s.,_/\u00b7\-\u2010-\u2015\u2212\u061c\u06d4\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
_GAPS = re.compile(_GAP)
_GROUPS = tuple(f"{_DIGIT}{{{size}}}" for size in (4, 4, 5, 1))
#: Printed as we print it, or in one piece; or any grouping, where no other digits stand near.
_SHAPED = rf"(?<!\d){f'{_GAP}{{0,3}}'.join(_GROUPS)}(?!\d)"
_ALONE = rf"(?<!\d)(?<!\d{_GAP}){_DIGIT}(?:{_GAP}{{0,2}}{_DIGIT}){{13}}(?!{_GAP}?\d)"
_TYPED = re.compile(rf"{_SHAPED}|{_ALONE}")


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """A receipt code that is well formed. Never printed by accident: ask for ``text``."""

    digits: str

    @property
    def text(self) -> str:
        """The code as it is told: 1234-5678-90123-4."""
        d = self.digits
        return f"{d[:4]}-{d[4:8]}-{d[8:13]}-{d[13]}"

    @property
    def locator(self) -> str:
        """The four digits that find the row; no secret."""
        return self.digits[:_LOCATOR]


@dataclass(frozen=True, slots=True, repr=False)
class Minted:
    """A fresh code and what is kept of it."""

    code: Code
    salt: bytes
    digest: bytes


def mint() -> Code:
    """Return a fresh code."""
    body = f"{secrets.randbelow(10 ** (LENGTH - 1)):0{LENGTH - 1}}"
    return Code(body + check_digits.decimal(body))


def read(text: str) -> Code | None:
    """Read a typed code; None unless it has 14 digits and its check digit fits.

    Blanks, dashes and dots may stand anywhere, O counts as 0, digits may be of any script.
    """
    bare = _GAPS.sub("", text)
    digits = "".join("0" if c in "Oo" else str(unicodedata.decimal(c, "?")) for c in bare)
    if len(digits) != LENGTH or "?" in digits or check_digits.decimal(digits) != "0":
        return None
    return Code(digits)


def cut(text: str) -> tuple[str, tuple[Code, ...]]:
    """Return *text* without the codes typed in it, and the codes."""
    found: list[Code] = []

    def replaced(match: re.Match[str]) -> str:
        # "Nooooooooooooooo" is a cry, not a code of fourteen zeros.
        code = read(match[0]) if any(c.isdecimal() for c in match[0]) else None
        if code is None:
            return match[0]
        found.append(code)
        return CUT_MARK

    return _TYPED.sub(replaced, text), tuple(found)


def digest(code: Code, salt: bytes, keyring: Keyring) -> bytes:
    """Return what is kept of *code*: the cost, then Argon2id of its keyed hash. Slow."""
    return COST.pack() + _stretched(code, salt, keyring, COST)


def matches(code: Code, salt: bytes, kept: bytes, keyring: Keyring) -> bool:
    """Whether *kept* was made of *code*, at whatever cost held then. Slow."""
    try:
        cost = Cost.unpack(kept)
    except CannotOpen:
        return False
    return hmac.compare_digest(kept[COST_BYTES:], _stretched(code, salt, keyring, cost))


def _stretched(code: Code, salt: bytes, keyring: Keyring, cost: Cost) -> bytes:
    return cost.stretch(keyring.keyed(Purpose.CODE, code.digits), salt)


class Mint:
    """Keeps a few codes ready, so that no transaction waits for Argon2."""

    def __init__(self, keyring: Keyring, *, ready: int = READY) -> None:
        self._keyring = keyring
        self._ready: asyncio.Queue[Minted] = asyncio.Queue(ready)
        # One thread: a burst of reports must not take every core from the answers.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mint")
        self._filling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to make codes ahead, in the running loop."""
        self._filling = asyncio.get_running_loop().create_task(self._fill())

    def stop(self) -> None:
        """Make no more codes ahead, and let the thread go."""
        if self._filling is not None:
            self._filling.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def ready(self) -> Minted | None:
        """Return a code that nobody else gets, if one is ready now."""
        return None if self._ready.empty() else self._ready.get_nowait()

    async def take(self) -> Minted:
        """Return a code that nobody else gets; at once while some are ready."""
        return self.ready() or await self._make()

    async def _fill(self) -> None:
        while True:
            await self._ready.put(await self._make())

    async def _make(self) -> Minted:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._mint)

    def _mint(self) -> Minted:
        code, salt = mint(), random(SALT_BYTES)
        return Minted(code, salt, digest(code, salt, self._keyring))
