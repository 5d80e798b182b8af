"""How long a recording lasts, by its own frames: MP3, WAV, and Opus in Ogg. Pure.

For files that ``forum.cleaning`` has made, so nothing stands in them but sound. Sources: ISO/IEC
11172-3 (1,152 samples in a frame of layer III, 576 in MPEG 2), Microsoft's RIFF (``fmt``), RFC
3533 and 7845 (positions at 48,000 a second, less what is skipped at the beginning).
"""

import struct
from collections.abc import Callable, Mapping
from typing import Final

_OPUS_RATE: Final = 48_000
_NOWHERE: Final = 2**64 - 1

#: Samples a second of MP3 by version (3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5), and by index; kilobits a
#: second by index.
_RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}
_SYNC: Final = 0xFF
_VERSION_1: Final = 3
_KILOBITS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


class NotKnown(Exception):
    """It is no sound of these kinds, or too damaged to be measured."""


def seconds(mime: str, content: bytes) -> float:
    """Return how long *content* lasts, in seconds. Raises ``NotKnown``."""
    measure = _MEASURES.get(mime)
    if measure is None:
        raise NotKnown(mime)
    try:
        return measure(content)
    except (struct.error, IndexError, KeyError, ZeroDivisionError):
        raise NotKnown(mime) from None


def _opus(content: bytes) -> float:
    """Measure by the last page on which a packet ends."""
    at = last = 0
    first = b""
    while content.startswith(b"OggS", at):
        (position,) = struct.unpack_from("<Q", content, at + 6)
        count = content[at + 26]
        begins = at + 27 + count
        body = sum(content[at + 27 : begins])
        first = first or content[begins : begins + body]
        last = position if position != _NOWHERE else last
        at = begins + body
    if not first.startswith(b"OpusHead"):
        raise NotKnown("audio/ogg")
    skipped = int(struct.unpack_from("<H", first, 10)[0])
    return max(last - skipped, 0) / _OPUS_RATE


def _wav(content: bytes) -> float:
    """Measure by the bytes of sound, and how many there are in a second."""
    at, rate, sound = 12, 0, 0
    while at + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, at)
        if kind == b"fmt ":
            (rate,) = struct.unpack_from("<I", content, at + 16)
        elif kind == b"data":
            sound = size
        at += 8 + size + size % 2
    return sound / rate


def _mp3(content: bytes) -> float:
    """Measure frame by frame: each may have another rate."""
    at, lasts = 0, 0.0
    while at + 4 <= len(content):
        if content[at] != _SYNC:
            raise NotKnown("audio/mpeg")
        version, rates = content[at + 1] >> 3 & 3, content[at + 2]
        rate = _RATES[version][rates >> 2 & 3]
        newest = version == _VERSION_1
        samples, kilobits = (1152, _KILOBITS_1) if newest else (576, _KILOBITS_2)
        length = samples // 8 * kilobits[rates >> 4] * 1000 // rate + (rates >> 1 & 1)
        if length == 0:
            raise NotKnown("audio/mpeg")
        lasts += samples / rate
        at += length
    return lasts


_MEASURES: Final[Mapping[str, Callable[[bytes], float]]] = {
    "audio/ogg": _opus,
    "audio/mpeg": _mp3,
    "audio/wav": _wav,
}
