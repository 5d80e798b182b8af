"""Sound and films, written byte by byte, with a name and a place wherever a format has room."""

import struct

from tests.support import planted_pictures
from tests.support.planted import LATITUDE, LONGITUDE, NAME, XMP

PLACE = f"{LATITUDE}{LONGITUDE}/".encode()
WORD = NAME.encode()

#: The sound itself: nothing in it looks like a frame, a page or a box.
SOUND = bytes(range(1, 200)) * 3
PICTURES = bytes(range(200, 0, -1)) * 5


# --- Ogg -------------------------------------------------------------------------------------


def _ogg_checksum(page: bytes) -> int:
    """The CRC of RFC 3533, bit by bit."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


def ogg_page(flags: int, position: int, number: int, *packets: bytes, stream: int = 77) -> bytes:
    """One page that holds *packets* whole."""
    lengths = b"".join(b"\xff" * (len(one) // 255) + bytes([len(one) % 255]) for one in packets)
    head = struct.pack("<4sBBQIII", b"OggS", 0, flags, position, stream, number, 0)
    page = head + bytes([len(lengths)]) + lengths + b"".join(packets)
    return page[:22] + struct.pack("<I", _ogg_checksum(page)) + page[26:]


def _comments() -> bytes:
    told = [b"ARTIST=" + WORD, b"LOCATION=" + PLACE, b"COVERART=" + b"x" * 40_000 + WORD]
    listed = b"".join(struct.pack("<I", len(one)) + one for one in told)
    return struct.pack("<I", len(WORD)) + WORD + struct.pack("<I", len(told)) + listed


def _header_pages(*packets: bytes) -> bytes:
    """Lay long packets out over several pages."""
    lengths = b"".join(b"\xff" * (len(one) // 255) + bytes([len(one) % 255]) for one in packets)
    body, made, at = b"".join(packets), b"", 0
    for number, start in enumerate(range(0, len(lengths), 255), 1):
        laces = lengths[start : start + 255]
        flags = 1 if start and lengths[start - 1] == 255 else 0
        head = struct.pack("<4sBBQIII", b"OggS", 0, flags, 0, 77, number, 0)
        page = head + bytes([len(laces)]) + laces + body[at : at + sum(laces)]
        at += sum(laces)
        made += page[:22] + struct.pack("<I", _ogg_checksum(page)) + page[26:]
    return made


def opus() -> bytes:
    """A voice note of Telegram, with comments and something behind them."""
    head = b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
    tags = b"OpusTags" + _comments() + b"\x01" + WORD
    last = ogg_page(4, 2880, 900, SOUND, SOUND[::-1])
    return ogg_page(2, 0, 0, head) + _header_pages(tags) + last


def vorbis() -> bytes:
    """Sound of another codec, whose comments share pages with what is needed."""
    head = b"\x01vorbis" + bytes(22) + b"\x01"
    comments = b"\x03vorbis" + _comments() + b"\x01"
    setup = b"\x05vorbis" + SOUND * 2
    last = ogg_page(4, 2048, 901, SOUND)
    return ogg_page(2, 0, 0, head) + _header_pages(comments, setup) + last


# --- frames ----------------------------------------------------------------------------------


def _id3(body: bytes) -> bytes:
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + size + body


def mp3_frame(filling: int) -> bytes:
    """A frame of 128 kbit/s at 44.1 kHz: 417 bytes."""
    return b"\xff\xfb\x90\x00" + bytes([filling]) * 413


def mp3(frames: int = 8) -> bytes:
    """Sound between tags of all kinds."""
    cover = b"APIC" + planted_pictures.jpeg()
    front = _id3(b"TPE1" + WORD + cover + b"GEOB" + PLACE)
    ape = b"APETAGEX" + WORD + PLACE
    back = b"TAG" + WORD.ljust(125, b"\0")
    return front + b"".join(mp3_frame(n % 200) for n in range(1, frames + 1)) + ape + back


def aac(frames: int = 8) -> bytes:
    """Sound in frames of 107 bytes, behind a tag."""
    length = 107
    head = bytes(
        [0xFF, 0xF1, 0x50, 0x40 | length >> 11, length >> 3 & 0xFF, (length & 7) << 5 | 0x1F, 0xFC]
    )
    return _id3(b"TPE1" + WORD) + b"".join(
        head + bytes([n]) * (length - 7) for n in range(1, frames + 1)
    )


def amr(frames: int = 8) -> bytes:
    """Voice of an older phone, with something behind it."""
    return b"#!AMR\n" + b"".join(b"\x3c" + bytes([n]) * 31 for n in range(1, frames + 1)) + WORD


def wav() -> bytes:
    """Sound with lists of names before and behind it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    body = (
        chunk(b"bext", WORD)
        + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8))
        + chunk(b"LIST", b"INFOIART" + struct.pack("<I", len(WORD)) + WORD)
        + chunk(b"data", SOUND)
        + chunk(b"_PMX", XMP)
        + chunk(b"id3 ", WORD + PLACE)
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body + WORD


# --- films -----------------------------------------------------------------------------------


def box(kind: bytes, *inside: bytes) -> bytes:
    """One box around what is *inside*."""
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, body: bytes, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", flags), body)


#: A moment in 2026, in seconds since 1904; nowhere by chance.
MOMENT = struct.pack(">II", 3_860_000_123, 3_860_000_123)


def _table(kind: bytes, *rows: bytes) -> bytes:
    return _full(kind, struct.pack(">I", len(rows)) + b"".join(rows))


def _numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def track(handler: bytes, entry: bytes, offset: int, sizes: tuple[int, ...]) -> bytes:
    """A track of one chunk at *offset*, whose samples have *sizes*."""
    stbl = box(
        b"stbl",
        _table(b"stsd", entry),
        _table(b"stts", _numbers(len(sizes), 1000)),
        _table(b"stsc", _numbers(1, len(sizes), 1)),
        _full(b"stsz", _numbers(0, len(sizes), *sizes)),
        _table(b"stco", _numbers(offset)),
    )
    minf = box(b"minf", box(b"dinf", _table(b"dref", _full(b"url ", WORD, flags=1))), stbl)
    mdia = box(
        b"mdia",
        _full(b"mdhd", MOMENT + _numbers(1000, 1000, 0)),
        _full(b"hdlr", bytes(4) + handler + b"appl" + bytes(8) + WORD + b"\0"),
        minf,
    )
    return box(b"trak", _full(b"tkhd", MOMENT + bytes(72)), mdia, box(b"meta", PLACE))


def _sound_entry() -> bytes:
    head = bytes(6) + b"\0\1" + bytes(8) + struct.pack(">HHHHI", 1, 16, 0, 0, 48_000 << 16)
    return box(b"mp4a", head, box(b"esds", bytes(20)), box(b"udta", WORD))


def _picture_entry() -> bytes:
    name = bytes([len(WORD)]) + WORD.ljust(31, b"\0")
    head = bytes(6) + b"\0\1" + bytes(16) + struct.pack(">HH", 64, 48) + bytes(14) + name
    return box(b"avc1", head + b"\0\x18\xff\xff", box(b"avcC", b"\1" * 12), box(b"uuid", XMP))


def film(brand: bytes = b"isom", *, pictures: bool = True) -> bytes:
    """A film of sound, pictures and, from second to second, the place where it was taken."""
    ftyp = box(b"ftyp", brand + bytes(4) + brand + b"mp42")
    sound_at = len(ftyp) + 8 + len(PLACE)
    places_at = sound_at + len(SOUND)
    pictures_at = places_at + len(PLACE) + len(WORD)
    mdat = box(b"mdat", PLACE, SOUND, PLACE, WORD, PICTURES, WORD)
    tracks = [track(b"soun", _sound_entry(), sound_at, (200, len(SOUND) - 200))]
    if pictures:
        tracks.append(track(b"vide", _picture_entry(), pictures_at, (len(PICTURES),)))
    tracks.append(track(b"meta", box(b"mebx", bytes(8)), places_at, (len(PLACE),)))
    udta = box(b"udta", box(b"\xa9xyz", PLACE), box(b"\xa9nam", WORD), box(b"meta", WORD))
    moov = box(b"moov", _full(b"mvhd", MOMENT + bytes(88)), *tracks, udta, box(b"meta", PLACE))
    return ftyp + mdat + moov + box(b"uuid", bytes(16), XMP) + box(b"free", WORD)
