"""What is planted in files that a stranger might send, and how it is looked for afterwards.

No file of anybody lies here: the tests make each, with a name and a place in it that nobody has.
"""

import contextlib
import re
import struct
import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pikepdf

NAME = "Zebulon Quixworth"
LATITUDE, LONGITUDE = "-1.292066", "36.821945"

#: Seconds of the latitude as EXIF has them: a number of 32 bits that is nowhere by chance.
SECONDS = 3_141_592_653

#: The same secrets as they may stand in a file.
NEEDLES = {
    "the name": NAME.encode(),
    "the name in 16 bits": NAME.encode("utf-16-le"),
    "the name in 16 bits, turned": NAME.encode("utf-16-be"),
    "a part of the name": b"Quixworth",
    "the latitude": LATITUDE.encode(),
    "the longitude": LONGITUDE.encode(),
    "seconds of the latitude": struct.pack("<I", SECONDS),
    "seconds of the latitude, turned": struct.pack(">I", SECONDS),
    "XMP": b"http://ns.adobe.com/xap/1.0/",
    "an XMP packet": b"<x:xmpmeta",
}

XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    f'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="{LATITUDE}" '
    f'exif:GPSLongitude="{LONGITUDE}" exif:Owner="{NAME}"/></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
).encode()

#: How deep a file in a file is looked into.
DEEPEST = 4


def found_in(content: bytes, depth: int = 0) -> set[str]:
    """Return which secrets are in *content*, or in what is packed within it."""
    found = {what for what, needle in NEEDLES.items() if needle in content}
    if depth < DEEPEST:
        for inner in _unpacked(content):
            found |= found_in(inner, depth + 1)
    return found


def _unpacked(content: bytes):
    if content.startswith(b"PK"):
        yield from _parts(content)
    elif content.startswith(b"%PDF"):
        yield from _streams(content)
    elif content.startswith(b"\x89PNG"):
        yield from _deflated(content)


def _parts(content: bytes):
    try:
        with ZipFile(BytesIO(content)) as zipped:
            for entry in zipped.infolist():
                yield entry.filename.encode() + entry.comment + entry.extra
                yield zipped.read(entry)
    except BadZipFile:
        return


def _streams(content: bytes):
    """Yield every stream of a PDF as it lies there and unpacked, and every thing as text."""
    with pikepdf.open(BytesIO(content)) as opened:
        for thing in opened.objects:
            if isinstance(thing, pikepdf.Stream):
                yield thing.read_raw_bytes()
                # A picture does not unpack; it is searched as it lies there.
                with contextlib.suppress(pikepdf.PdfError):
                    yield thing.read_bytes()
            else:
                yield thing.unparse(resolved=True)
        yield opened.trailer.unparse(resolved=True)


def _deflated(content: bytes):
    """Yield what is packed in the chunks of a PNG file that hold text or colours."""
    for kind in (b"zTXt", b"iTXt", b"iCCP"):
        for match in re.finditer(kind, content):
            for at in range(match.end(), min(match.end() + 120, len(content))):
                try:
                    yield zlib.decompressobj().decompress(content[at:])
                except zlib.error:
                    continue
