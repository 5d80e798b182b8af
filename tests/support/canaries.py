"""Words and numbers that must be found nowhere, in every dress in which they might hide.

A canary is let in by a path of the product; afterwards everything that the product wrote is
searched for it: as text in several encodings, as hex, as base64 wherever it begins in the stream,
as a number, and as an unkeyed hash (which anybody could make of all phone numbers there are).
"""

import base64
import hashlib
import html
import json
import random
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

#: No needle is shorter, so that random bytes are not taken for one: six bytes meet by chance once
#: in 2**48 places.
SHORTEST = 6

#: How much of a hash is looked for: whoever shortens one keeps at least this.
HASH_BYTES = 8

#: Hashes that need no key.
HASHES = (
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha3_256",
    "sha3_512",
    "blake2b",
    "blake2s",
)

#: blake2b is often asked for fewer bytes, which makes another hash of it.
BLAKE_SIZES = (8, 16, 20, 32)

#: What a programmer may put before a number to tell channels apart, before hashing both.
PREFIXES = ("", "sms", "call", "telegram", "simulator-basic", "simulator-chat")
BETWEEN = ("", ":", "|", "/", "-", " ", "\0", "\n")

ALPHABET = "bdfghjklmnprstvwz"
VOWELS = "aeiou"


@dataclass
class Canaries:
    """Every secret of one run, by what it is or by the path that it was let in."""

    seed: int = 1
    known: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def phrase(self, path: str) -> str:
        """Make two words that nobody ever said, remembered by the *path* that they go."""
        words = [
            "".join(self._dice.choice(kind) for _ in range(5) for kind in (ALPHABET, VOWELS))
            for _ in range(2)
        ]
        for number, word in enumerate(words):
            self.add(f"{path}, word {number + 1}", word)
        return " ".join(words)

    def content(self, path: str, size: int = 3000) -> bytes:
        """Make a file's bytes, of which every part is a secret."""
        made = self._dice.randbytes(size)
        self.add(f"{path}, whole", made)
        for start in range(0, size - 32, 500):
            self.add(f"{path}, from byte {start}", made[start : start + 32])
        return made

    def add(self, name: str, value: str | bytes) -> str | bytes:
        """Remember *value* as one that must be found nowhere; return it."""
        assert name not in self.known, name
        self.known[name] = value.encode() if isinstance(value, str) else value
        return value

    def needles(self) -> Iterator[tuple[str, bytes]]:
        """Yield every canary in every dress, with a name for it that does not tell it."""
        for name, value in self.known.items():
            for dress, needle in dresses(value):
                yield f"{name}, as {dress}", needle


def dresses(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield *value* in every dress: what the dress is called, and the bytes to look for."""
    yield "bytes", value
    yield from _hex(value)
    yield from _base64(value)
    yield from _hashes(value)
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return
    yield from _texts(text)
    yield from _numbers(text)
    for spelling in _spellings(text):
        yield from _hashes(spelling.encode())


def _texts(text: str) -> Iterator[tuple[str, bytes]]:
    for cased in {text, text.lower(), text.upper(), text.casefold(), text[::-1]}:
        yield "text", cased.encode()
        yield "JSON", json.dumps(cased)[1:-1].encode()
        yield "HTML", html.escape(cased).encode()
        for quoted in (quote(cased, safe=""), quote_plus(cased)):
            yield "URL", quoted.encode()
            yield "URL", quoted.lower().encode()
        for encoding in ("utf-16-le", "utf-16-be", "utf-32-le"):
            yield encoding, cased.encode(encoding)
            yield from _hex(cased.encode(encoding))


def _hex(value: bytes) -> Iterator[tuple[str, bytes]]:
    yield "hex", value.hex().encode()
    yield "hex", value.hex().upper().encode()


def _base64(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Encode *value* as it looks when 0, 1 or 2 bytes of something else stand before it."""
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * before + value)
            # Characters that also hold bits of a neighbour are cut off at both ends.
            first = -(-before * 8 // 6)
            last = (before + len(value)) * 8 // 6
            yield f"base64 after {before} bytes", whole[first:last]


def _numbers(text: str) -> Iterator[tuple[str, bytes]]:
    if not _is_number(text):
        return
    digits = "".join(character for character in text if character.isdigit())
    yield "digits", digits.encode()
    for size in (6, 8):
        if int(digits) < 2 ** (8 * size - 1):
            yield f"{size} bytes, big end first", int(digits).to_bytes(size, "big")
            yield f"{size} bytes, little end first", int(digits).to_bytes(size, "little")


def _is_number(text: str) -> bool:
    return text.isascii() and not any(map(str.isalpha, text)) and sum(map(str.isdigit, text)) > 8


def _spellings(text: str) -> set[str]:
    """Return what a programmer may write for *text* before hashing it."""
    if not _is_number(text):
        return {text.lower(), text.upper(), f"{text}\n"}
    bare = text.removeprefix("+")
    plain = {text, bare, bare.replace(" ", "").replace("-", "")}
    return {
        spelled
        for one in plain
        for channel in PREFIXES
        for between in BETWEEN
        for spelled in (f"{channel}{between}{one}", f"{one}{between}{channel}")
    }


def _hashes(value: bytes) -> Iterator[tuple[str, bytes]]:
    digests = [(name, hashlib.new(name, value).digest()) for name in HASHES]
    digests += [
        (f"blake2b-{size}", hashlib.blake2b(value, digest_size=size).digest())
        for size in BLAKE_SIZES
    ]
    for name, digest in digests:
        head = digest[:HASH_BYTES]
        yield name, head
        yield f"{name} in hex", head.hex().encode()
        yield f"{name} in hex", head.hex().upper().encode()
        yield f"{name} in base64", base64.b64encode(digest[:9])[:11]
        yield f"{name} in base64", base64.urlsafe_b64encode(digest[:9])[:11]
        yield f"{name} as a number", str(int.from_bytes(head, "big")).encode()


class Search:
    """Looks for all needles at once: what it costs does not grow with the number of needles."""

    def __init__(self, needles: Iterable[tuple[str, bytes]]) -> None:
        self._by_head: dict[tuple[bytes], list[tuple[str, bytes]]] = defaultdict(list)
        self.count = 0
        for name, needle in needles:
            if len(needle) < SHORTEST:
                raise ValueError(f"{name} is too short to be told from chance")
            self._by_head[(needle[:SHORTEST],)].append((name, needle))
            self.count += 1
        self._heads = frozenset(self._by_head)

    def found(self, haystack: bytes) -> list[str]:
        """Return the names of all needles in *haystack*."""
        # Empty pages are most of a database's files.
        dense = b"\0\0\0\0\0\0\0\0".join(part for part in haystack.split(b"\0" * 64) if part)
        return sorted(
            {
                name
                for head in self._heads_in(dense)
                for name, needle in self._by_head[head]
                if needle in dense
            }
        )

    def _heads_in(self, dense: bytes) -> set[tuple[bytes]]:
        """Return what a needle begins with and is somewhere in *dense*, by loops that are C's."""
        here: set[tuple[bytes]] = set()
        for start in range(SHORTEST):
            whole = (len(dense) - start) // SHORTEST * SHORTEST
            windows = struct.iter_unpack(f"{SHORTEST}s", dense[start : start + max(whole, 0)])
            here |= self._heads.intersection(windows)
        return here
