"""What a file is by its first bytes. What a provider, a name or a phone says counts for nothing.

The marks are those of the formats' own specifications; the list at the file command
(``magic/Magdir``) has them all. A type that is not here is not cleaned, so the list is short.
"""

from collections.abc import Callable
from typing import Final

from forum.cleaning import CannotClean, Reason
from forum.cleaning.frames import adts_length, behind_tags, mp3_length

#: What a file begins with -> its media type. What needs a second look has a function below.
BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"PK\x03\x04", "application/zip"),
)

#: The family of a RIFF file, in its bytes 8 to 12.
RIFFS: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}

#: Brands of ISO base media files (ISO/IEC 14496-12; mp4ra.org lists them). What is not here is
#: taken for MP4.
BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}

#: Readers of PDF look for its mark this far into a file (ISO 32000, annex on implementations).
PDF_WITHIN = 1024


def kind_of(content: bytes) -> str:
    """Return the media type of *content*. Raises ``CannotClean`` (unknown)."""
    for beginning, mime in BEGINNINGS:
        if content.startswith(beginning):
            return mime
    for look in _LOOKS:
        if found := look(content):
            return found
    raise CannotClean(Reason.UNKNOWN)


def name_of(content: bytes) -> str:
    """Return the media type of *content*, or the one that says nothing."""
    try:
        return kind_of(content)
    except CannotClean:
        return "application/octet-stream"


def _riff(content: bytes) -> str | None:
    return RIFFS.get(content[8:12]) if content.startswith(b"RIFF") else None


def _base_media(content: bytes) -> str | None:
    """Tell pictures, sound and films apart that share one container."""
    if content[4:8] != b"ftyp":
        return None
    major = content[8:12]
    if major.startswith((b"3gp", b"3g2")):
        return "video/3gpp"
    if major in {b"mif1", b"msf1"} and b"avif" in content[16 : int.from_bytes(content[:4])]:
        return "image/avif"
    return BRANDS.get(major, "video/mp4")


def _frames(content: bytes) -> str | None:
    """Tell sound by its first frame, which may have a tag before it."""
    at = behind_tags(content)
    if adts_length(content, at):
        return "audio/aac"
    return "audio/mpeg" if at or mp3_length(content, at) else None


def _pdf(content: bytes) -> str | None:
    return "application/pdf" if b"%PDF-" in content[:PDF_WITHIN] else None


_LOOKS: Final[tuple[Callable[[bytes], str | None], ...]] = (_riff, _base_media, _frames, _pdf)
