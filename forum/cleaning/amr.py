"""AMR, the voice of older phones: its frames, whose lengths are known, and nothing after them.

Sources: RFC 4867, section 5 (the file), 3GPP TS 26.101 and 26.201 (bytes of each mode).
"""

from collections.abc import Mapping
from typing import Final

from forum.cleaning import CannotClean, Cleaned, Reason

#: Bytes behind a frame's first, by its mode. Modes that are not here are kept for later use.
NARROW: Final[Mapping[int, int]] = {
    **dict(enumerate((12, 13, 15, 17, 19, 20, 26, 31, 5))),
    15: 0,
}
WIDE: Final[Mapping[int, int]] = {
    **dict(enumerate((17, 23, 32, 36, 40, 46, 50, 58, 60, 5))),
    14: 0,
    15: 0,
}

#: The bits of a frame's first byte that say something: its mode, and whether it is sound.
_TOLD = 0b0111_1100

_FAMILIES: Final = (
    (b"#!AMR-WB\n", "audio/amr-wb", WIDE),
    (b"#!AMR\n", "audio/amr", NARROW),
)


def clean(content: bytes) -> Cleaned:
    """Return the frames alone. Raises ``CannotClean`` where there are none."""
    magic, mime, lengths = next(one for one in _FAMILIES if content.startswith(one[0]))
    frames = bytearray()
    at = len(magic)
    while at < len(content):
        length = lengths.get(content[at] >> 3 & 0b1111)
        if length is None or at + 1 + length > len(content):
            break  # not a frame, or one that was cut off: there is no sound after it
        frames.append(content[at] & _TOLD)
        frames += content[at + 1 : at + 1 + length]
        at += 1 + length
    if not frames:
        raise CannotClean(Reason.BROKEN)
    return Cleaned(mime, magic + frames)
