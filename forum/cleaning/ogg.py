"""Ogg: voice notes, without comments and the pictures within them; the sound is not touched.

Sources: RFC 3533 (pages), RFC 7845 (Opus), the Vorbis I specification (4, 5 and A), the manual of
Speex. A page is: mark, version, flags, position, stream, number, checksum, lengths, body.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from forum.cleaning import CannotClean, Cleaned, Reason

_MARK: Final = b"OggS"
_HEAD: Final = struct.Struct("<4sBBQIIIB")
_CHECKSUM_AT = 22

_CONTINUED, _FIRST = 1, 2

#: The position of a page on which no packet ends.
_NOWHERE = 2**64 - 1

_LACES = 255  # lengths in one page, and the highest of them: a packet that goes on

#: No vendor, no comments.
_NONE: Final = bytes(8)

#: A speex header tells at this byte how many packets of unknown use follow it.
_SPEEX_EXTRA_AT = 68


@dataclass(frozen=True, slots=True)
class Codec:
    """How a stream of one codec begins: *headers* packets, of which the second holds comments."""

    headers: int
    comments: bytes  # how that packet begins
    empty: bytes  # the same packet, with nothing in it


CODECS: Final[Mapping[bytes, Codec]] = {
    b"OpusHead": Codec(2, b"OpusTags", b"OpusTags" + _NONE),
    b"\x01vorbis": Codec(3, b"\x03vorbis", b"\x03vorbis" + _NONE + b"\x01"),
    b"Speex   ": Codec(2, b"", _NONE),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page, as far as it differs from others."""

    flags: int
    position: int
    stream: int
    lengths: bytes
    body: bytes


def clean(content: bytes) -> Cleaned:
    """Return the sound without its comments. Raises ``CannotClean``."""
    pages = list(_pages(content))
    if not pages:
        raise CannotClean(Reason.BROKEN)
    return Cleaned("audio/ogg", b"".join(_without_comments(link) for link in _links(pages)))


def _pages(content: bytes) -> Iterator[Page]:
    """Read every whole page; what lies between them is no sound."""
    at = content.find(_MARK)
    while at >= 0:
        page, end = _page(content, at)
        if page is not None:
            yield page
        at = content.find(_MARK, end)


def _page(content: bytes, at: int) -> tuple[Page | None, int]:
    """Return the page at *at*, and where to look for the next; None: it is cut off."""
    body_at = at + _HEAD.size
    if body_at > len(content):
        return None, len(content)
    _, _, flags, position, stream, _, _, count = _HEAD.unpack_from(content, at)
    lengths = content[body_at : body_at + count]
    end = body_at + count + sum(lengths)
    if len(lengths) < count or end > len(content):
        return None, at + 1
    return Page(flags, position, stream, lengths, content[body_at + count : end]), end


def _links(pages: Sequence[Page]) -> Iterator[Sequence[Page]]:
    """Yield streams that follow each other. Two at once are a film or worse: not known."""
    starts = [n for n, page in enumerate(pages) if page.flags & _FIRST]
    if not starts or starts[0] != 0:
        raise CannotClean(Reason.BROKEN)
    for start, end in zip(starts, [*starts[1:], len(pages)], strict=True):
        link = pages[start:end]
        if len({page.stream for page in link}) > 1 or len(link) == 1:
            raise CannotClean(Reason.UNKNOWN)
        yield link


def _without_comments(link: Sequence[Page]) -> bytes:
    first = link[0]
    codec = next((codec for mark, codec in CODECS.items() if first.body.startswith(mark)), None)
    if codec is None or _has_extra_headers(first.body):
        raise CannotClean(Reason.UNKNOWN)
    headers, used = _header_packets(link[1:], codec.headers - 1)
    if not headers[0].startswith(codec.comments):
        raise CannotClean(Reason.BROKEN)
    made = [first, *_laid_out([codec.empty, *headers[1:]], first.stream), *link[1 + used :]]
    return b"".join(_written(page, number) for number, page in enumerate(made))


def _has_extra_headers(head: bytes) -> bool:
    extra = head[_SPEEX_EXTRA_AT : _SPEEX_EXTRA_AT + 4]
    return head.startswith(b"Speex   ") and any(extra)


def _header_packets(pages: Sequence[Page], wanted: int) -> tuple[list[bytes], int]:
    """Return the first *wanted* packets, and on how many pages they stand; these hold no more."""
    packets: list[bytes] = []
    packet = b""
    for used, page in enumerate(pages, 1):
        at = 0
        for length in page.lengths:
            packet += page.body[at : at + length]
            at += length
            if length < _LACES:
                packets.append(packet)
                packet = b""
        if len(packets) == wanted and not packet:
            return packets, used
        if len(packets) >= wanted:
            break
    raise CannotClean(Reason.BROKEN)


def _laid_out(packets: Sequence[bytes], stream: int) -> Iterator[Page]:
    """Lay *packets* out on as few pages as hold them."""
    body = b"".join(packets)
    lengths = b"".join(
        bytes([_LACES]) * (len(packet) // _LACES) + bytes([len(packet) % _LACES])
        for packet in packets
    )
    at, goes_on = 0, False
    for start in range(0, len(lengths), _LACES):
        laces = lengths[start : start + _LACES]
        end = at + sum(laces)
        position = 0 if min(laces) < _LACES else _NOWHERE
        yield Page(_CONTINUED if goes_on else 0, position, stream, laces, body[at:end])
        at, goes_on = end, laces[-1] == _LACES


def _written(page: Page, number: int) -> bytes:
    head = (_MARK, 0, page.flags, page.position, page.stream, number, 0, len(page.lengths))
    whole = bytearray(_HEAD.pack(*head) + page.lengths + page.body)
    struct.pack_into("<I", whole, _CHECKSUM_AT, checksum(bytes(whole)))
    return bytes(whole)


#: Each byte with its bits turned round.
_TURNED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(page: bytes) -> int:
    """Return a page's CRC: that of zlib with every bit turned round, and begun with zeros."""
    turned = ~zlib.crc32(page.translate(_TURNED), 0xFFFFFFFF) & 0xFFFFFFFF
    return int.from_bytes(turned.to_bytes(4, "little").translate(_TURNED))
