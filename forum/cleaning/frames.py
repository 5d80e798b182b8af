"""MP3 and AAC: their frames of sound, and nothing between, before or behind them.

Tags (ID3 of both kinds, APE, Lyrics3) stand outside of the frames. What is kept is what is known
to be sound, so a kind of tag that nobody has thought of yet is left out, too. Sources: ISO/IEC
11172-3 and 13818-3 (layer III), 13818-7 (ADTS), id3.org (ID3v2, 3.1).
"""

from collections.abc import Callable
from typing import Final

from forum.cleaning import CannotClean, Cleaned, Reason

#: Kilobits a second of layer III, by the index in a frame's header.
_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)

#: Samples a second by version (3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5), and by index.
_RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}

#: A frame begins with eleven bits that are set; the twelfth, too, where it is AAC.
_SYNC, _MP3_BITS, _ADTS_BITS, _ADTS_MARK = 0xFF, 0xE0, 0xF6, 0xF0

#: What the fields of a header say: layer III, no rate, the last version, the rates that there are.
_LAYER_3, _NO_RATE, _VERSION_1, _ADTS_RATES = 1, 3, 3, 13

_HEADER = 4
_ADTS_HEADER = 7
_ID3_HEADER = 10
_ID3_FOOTER = 0x10

LengthOf = Callable[[bytes, int], int]


def clean_mp3(content: bytes) -> Cleaned:
    """Return the frames of an MP3 file. Raises ``CannotClean`` where there are none."""
    return Cleaned("audio/mpeg", _frames(content, mp3_length))


def clean_aac(content: bytes) -> Cleaned:
    """Return the frames of an AAC file (ADTS). Raises ``CannotClean`` where there are none."""
    return Cleaned("audio/aac", _frames(content, adts_length))


def _frames(content: bytes, length_of: LengthOf) -> bytes:
    kept = bytearray()
    at = behind_tags(content)
    while 0 <= at < len(content):
        length = length_of(content, at)
        if length and at + length <= len(content) and _goes_on(content, at + length, length_of):
            kept += content[at : at + length]
            at += length
        else:
            at = content.find(b"\xff", at + 1)
    if not kept:
        raise CannotClean(Reason.BROKEN)
    return bytes(kept)


def _goes_on(content: bytes, at: int, length_of: LengthOf) -> bool:
    """Whether a frame ends here: the next begins, or a tag does, or the file is over.

    Within a tag, two bytes may look like a frame's beginning; hardly ever do they so twice, the
    right length apart.
    """
    if at >= len(content) or length_of(content, at):
        return True
    return content.startswith((b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3"), at)


def behind_tags(content: bytes) -> int:
    """Return where the tags at the beginning end. Their sizes are seven bits a byte."""
    at = 0
    while content.startswith(b"ID3", at) and at + _ID3_HEADER <= len(content):
        size = 0
        for byte in content[at + 6 : at + _ID3_HEADER]:
            size = size << 7 | byte & 0x7F
        footer = _ID3_HEADER if content[at + 5] & _ID3_FOOTER else 0
        at += _ID3_HEADER + size + footer
    return at


def mp3_length(content: bytes, at: int) -> int:
    """Return the bytes of the frame of layer III that begins at *at*; 0: none does."""
    if at + _HEADER > len(content):
        return 0
    sync, kind, rates = content[at], content[at + 1], content[at + 2]
    version, layer = kind >> 3 & 3, kind >> 1 & 3
    bitrate, rate = rates >> 4, rates >> 2 & 3
    if (
        sync != _SYNC
        or kind & _MP3_BITS != _MP3_BITS
        or version not in _RATES
        or layer != _LAYER_3
    ):
        return 0
    if bitrate in {0, 15} or rate == _NO_RATE:
        return 0
    table, samples = (_MPEG1, 144) if version == _VERSION_1 else (_MPEG2, 72)
    return samples * table[bitrate] * 1000 // _RATES[version][rate] + (rates >> 1 & 1)


def adts_length(content: bytes, at: int) -> int:
    """Return the bytes of the ADTS frame that begins at *at*; 0: none does."""
    head = content[at : at + _ADTS_HEADER]
    if len(head) < _ADTS_HEADER or head[0] != _SYNC or head[1] & _ADTS_BITS != _ADTS_MARK:
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    rate_is_known = (head[2] >> 2 & 15) < _ADTS_RATES
    return length if length > _ADTS_HEADER and rate_is_known else 0
