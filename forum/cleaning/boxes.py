"""MP4, M4A, MOV and 3GP: films and sound without place, time, name or maker.

Such a file is boxes within boxes. The known ones that playing needs are kept; every other (udta,
meta, uuid and what is still to be invented) becomes an empty one of the same length, so that
nothing moves and no table must be written anew. Of the heap of samples (mdat) those bytes are
kept to which a track of sound or pictures points: a track of places, as action cameras write it,
becomes zeros with all that lies between.

Sources: ISO/IEC 14496-12 and -14, Apple's QuickTime File Format, 3GPP TS 26.244.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from forum.cleaning import CannotClean, Cleaned, Reason, samples
from forum.cleaning.kinds import kind_of

#: What may stand in what. Whatever is not here is emptied.
KEPT: Final[Mapping[bytes, frozenset[bytes]]] = {
    b"": frozenset({b"ftyp", b"moov", b"mdat"}),
    b"moov": frozenset({b"mvhd", b"trak"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"hdlr", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"cslg", b"stss", b"stsz", b"stsc", b"stco", b"co64"}
        | {b"sdtp", b"sbgp", b"sgpd"}
    ),
}

#: What describes a codec, within ``stsd``.
CODEC_BOXES: Final = frozenset(
    {b"avcC", b"hvcC", b"vpcC", b"av1C", b"esds", b"dOps", b"dac3", b"dec3", b"damr", b"d263"}
    | {b"wave", b"chan", b"pasp", b"colr", b"btrt", b"fiel", b"clap", b"bitr"}
)

#: Codecs by the name of their sample descriptions (mp4ra.org).
PICTURE_CODECS: Final = frozenset(
    {b"avc1", b"avc3", b"hvc1", b"hev1", b"mp4v", b"s263", b"h263", b"vp08", b"vp09", b"av01"}
    | {b"jpeg", b"mjpa", b"dvh1", b"dvhe"}
)
SOUND_CODECS: Final = frozenset(
    {b"mp4a", b"samr", b"sawb", b"alac", b"ac-3", b"ec-3", b"Opus", b".mp3"}
    | {b"sowt", b"twos", b"lpcm", b"ulaw", b"alaw"}
)

#: A film in pieces, as browsers record it: its tables are elsewhere.
_IN_PIECES: Final = frozenset({b"moof", b"mvex", b"sidx", b"styp"})

#: Bytes of a sample's description before its boxes, by what is described; QuickTime's newer
#: descriptions of sound are longer.
_PICTURE, _SOUND, _SOUND_MORE = 86, 36, {0: 0, 1: 16, 2: 36}
_SOUND_VERSION_AT = 16
_COMPRESSOR_AT, _COMPRESSOR_BYTES = 50, 32

#: Times are seconds since 1904: two numbers behind version and flags.
_TIMED: Final = frozenset({b"mvhd", b"tkhd", b"mdhd"})

_HEADER, _WIDE_HEADER = 8, 16
_FULL = 4


@dataclass(frozen=True, slots=True)
class Box:
    """Where one box stands: from *start*, its inside from *body*, up to *end*."""

    kind: bytes
    start: int
    body: int
    end: int


def clean(content: bytes) -> Cleaned:
    """Return the sound and the pictures alone. Raises ``CannotClean``."""
    film = _Film(content)
    film.clean()
    mime = kind_of(content)
    if mime == "video/mp4" and not film.has_pictures:
        mime = "audio/mp4"
    return Cleaned(mime, bytes(film.made))


def inside(content: bytes | bytearray, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places. Raises ``CannotClean`` where they do not fit."""
    at = start
    while at + _HEADER <= end:
        size, kind = struct.unpack_from(">I4s", content, at)
        body = at + _HEADER
        if size == 1 and body + 8 <= end:
            (size,) = struct.unpack_from(">Q", content, body)
            body = at + _WIDE_HEADER
        elif size == 0:
            size = end - at  # it goes on to the end
        if size < body - at or at + size > end:
            raise CannotClean(Reason.BROKEN)
        yield Box(kind, at, body, at + size)
        at += size


class _Film:
    """One file on its way from *content* to what is left of it in *made*."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.made = bytearray(content)
        self.has_pictures = False
        self._heaps: list[Box] = []
        self._kept: list[tuple[int, int]] = []

    def clean(self) -> None:
        """Empty what is not known, and fetch back to the heap what the tracks point to."""
        for box in self._known(b"", Box(b"", 0, 0, len(self.made))):
            if box.kind == b"mdat":
                self._heaps.append(box)
                self._zero(box.body, box.end)
            elif box.kind == b"moov":
                self._film(box)
        if not self._kept:
            raise CannotClean(Reason.BROKEN)
        for start, end in self._kept:
            if not any(heap.body <= start and end <= heap.end for heap in self._heaps):
                raise CannotClean(Reason.BROKEN)
            self.made[start:end] = self._content[start:end]

    def _known(self, kind: bytes, parent: Box) -> list[Box]:
        """Return the boxes in *parent* that may stand there; the others are emptied."""
        known = []
        end = parent.body
        for box in inside(self.made, parent.body, parent.end):
            end = box.end
            if box.kind in _IN_PIECES:
                raise CannotClean(Reason.UNKNOWN)
            if box.kind in KEPT[kind]:
                known.append(box)
            else:
                self._empty(box)
        self._zero(end, parent.end)
        return known

    def _film(self, moov: Box) -> None:
        for box in self._known(b"moov", moov):
            if box.kind == b"trak" and not self._is_played(box):
                self._empty(box)
            elif box.kind == b"trak":
                self._track(box)
            else:
                self._forget_times(box)

    def _is_played(self, trak: Box) -> bool:
        """Whether this is a track of pictures or of sound."""
        handlers = [
            self._content[hdlr.body + 8 : hdlr.body + 12]
            for mdia in inside(self.made, trak.body, trak.end)
            if mdia.kind == b"mdia"
            for hdlr in inside(self.made, mdia.body, mdia.end)
            if hdlr.kind == b"hdlr"
        ]
        self.has_pictures |= b"vide" in handlers
        return len(handlers) == 1 and handlers[0] in {b"vide", b"soun"}

    def _track(self, parent: Box) -> None:
        for box in self._known(parent.kind, parent):
            if box.kind in _TIMED:
                self._forget_times(box)
            elif box.kind == b"hdlr":
                self._zero(box.body + _FULL + 8, box.end)  # maker and name
            elif box.kind == b"dref":
                self._only_in_this_file(box)
            elif box.kind == b"stbl":
                self._samples(box)
            elif box.kind in KEPT:
                self._track(box)

    def _samples(self, stbl: Box) -> None:
        tables = {}
        for box in self._known(b"stbl", stbl):
            tables[box.kind] = self._content[box.body : box.end]
            if box.kind == b"stsd":
                self._descriptions(box)
        self._kept += samples.ranges(tables)

    def _descriptions(self, stsd: Box) -> None:
        for entry in inside(self.made, stsd.body + _FULL + 4, stsd.end):
            self._description(entry)

    def _description(self, entry: Box) -> None:
        """Empty what a codec does not need, and the name of the program that compressed it."""
        end = self._where_boxes_begin(entry)
        if end > entry.end:
            raise CannotClean(Reason.BROKEN)
        if entry.kind in PICTURE_CODECS:
            name_at = entry.start + _COMPRESSOR_AT
            self._zero(name_at, name_at + _COMPRESSOR_BYTES)
        for box in inside(self.made, end, entry.end):
            end = box.end
            if box.kind not in CODEC_BOXES:
                self._empty(box)
        self._zero(end, entry.end)

    def _where_boxes_begin(self, entry: Box) -> int:
        if entry.kind in PICTURE_CODECS:
            return entry.start + _PICTURE
        if entry.kind not in SOUND_CODECS:
            raise CannotClean(Reason.UNKNOWN)
        (version,) = struct.unpack_from(">H", self.made, entry.start + _SOUND_VERSION_AT)
        return entry.start + _SOUND + _SOUND_MORE.get(version, 0)

    def _only_in_this_file(self, dref: Box) -> None:
        """See that no other file is pointed to: the place of one names its maker's folders."""
        for entry in inside(self.made, dref.body + _FULL + 4, dref.end):
            if entry.body + _FULL > entry.end or not self.made[entry.body + 3] & 1:
                raise CannotClean(Reason.UNKNOWN)
            self._zero(entry.body + _FULL, entry.end)

    def _forget_times(self, box: Box) -> None:
        wide = self.made[box.body] == 1
        self._zero(box.body + _FULL, min(box.body + _FULL + (16 if wide else 8), box.end))

    def _empty(self, box: Box) -> None:
        """Make of *box* one of the same length that holds nothing."""
        self.made[box.start + 4 : box.start + _HEADER] = b"free"
        self._zero(box.body, box.end)

    def _zero(self, start: int, end: int) -> None:
        if start < end:
            self.made[start:end] = bytes(end - start)
