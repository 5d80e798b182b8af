"""WAV: the sound and how it was taken, and no other chunk of the file.

Source: Microsoft's Multimedia Programming Interface 1.0 (RIFF). Lists of names and dates (INFO),
XMP (_PMX), the recorder's notes (bext, iXML) and tags (id3) are chunks of their own.
"""

import struct
from typing import Final

from forum.cleaning import CannotClean, Cleaned, Reason

KEPT: Final = (b"fmt ", b"fact", b"data")

_HEADER = 12
_CHUNK_HEADER = 8


def clean(content: bytes) -> Cleaned:
    """Return the sound alone. Raises ``CannotClean``."""
    found: dict[bytes, bytes] = {}
    at = _HEADER
    while at + _CHUNK_HEADER <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        at += _CHUNK_HEADER
        # A recorder that died left the size of its data open; what is there is taken.
        if name in KEPT:
            found.setdefault(name, content[at : at + size])
        at += size + size % 2
    if b"fmt " not in found or b"data" not in found:
        raise CannotClean(Reason.BROKEN)
    return Cleaned("audio/wav", _riff(found))


def _riff(chunks: dict[bytes, bytes]) -> bytes:
    body = b"".join(
        struct.pack("<4sI", name, len(chunks[name]))
        + chunks[name]
        + b"\0" * (len(chunks[name]) % 2)
        for name in KEPT
        if name in chunks
    )
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WAVE") + body
