"""A JPEG picture within a document: its segments, without those that draw nothing.

Nothing is decoded, so what the document says of the picture stays true. Source: ITU-T T.81,
annex B (markers), T.86 (application segments).
"""

from collections.abc import Iterator
from typing import Final

from forum.cleaning import CannotClean, Reason

_MARK = 0xFF
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_COMMENT = 0xFE
_ADOBE = 0xEE  # says in which colours the picture is, so it has to stay

#: Bytes of Adobe's segment that have a meaning (its technical note 5116, section 18).
_ADOBE_BYTES = 14

#: Markers that stand alone: within a scan's data, or nothing follows them.
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})

_APPLICATION: Final = frozenset(range(0xE0, 0xF0))


def bare(content: bytes) -> bytes:
    """Return the picture without its application segments and comments.

    Raises ``CannotClean`` where it is no JPEG. Whatever hangs behind its end is left out.
    """
    if content[:2] != bytes([0xFF, _START]):
        raise CannotClean(Reason.BROKEN)
    return bytes([0xFF, _START]) + b"".join(_kept(content)) + bytes([0xFF, _END])


def _kept(content: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(content):
        if content[at] != _MARK:
            raise CannotClean(Reason.BROKEN)
        marker = content[at + 1]
        if marker == _MARK:  # padding
            at += 1
            continue
        if marker == _END:
            return
        end = at + 2 if marker in _ALONE else at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if marker == _SCAN:
            end = _end_of_scan(content, end)
        yield from _segment(marker, content[at:end])
        at = end


def _segment(marker: int, segment: bytes) -> Iterator[bytes]:
    if marker == _ADOBE and segment[4:9] == b"Adobe":
        meant = segment[4 : 2 + _ADOBE_BYTES]
        yield segment[:2] + (len(meant) + 2).to_bytes(2) + meant
    elif marker not in _APPLICATION and marker != _COMMENT:
        yield segment


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the data of a scan ends: at the next marker that is not part of it."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        if content[at + 1] != 0 and content[at + 1] not in _ALONE:
            return at
        at += 2
    return len(content)
