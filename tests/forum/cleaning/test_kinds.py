import pytest

from forum.cleaning import CannotClean, Reason
from forum.cleaning.kinds import kind_of, name_of
from tests.support import planted_documents, planted_pictures, planted_recordings

FILES = {
    "image/jpeg": planted_pictures.jpeg,
    "image/png": planted_pictures.png,
    "image/webp": planted_pictures.webp,
    "image/gif": planted_pictures.gif,
    "image/heic": planted_pictures.heic,
    "image/avif": planted_pictures.avif,
    "image/tiff": planted_pictures.tiff,
    "image/bmp": planted_pictures.bmp,
    "audio/ogg": planted_recordings.opus,
    "audio/mpeg": planted_recordings.mp3,
    "audio/aac": planted_recordings.aac,
    "audio/amr": planted_recordings.amr,
    "audio/wav": planted_recordings.wav,
    "video/mp4": planted_recordings.film,
    "audio/mp4": lambda: planted_recordings.film(b"M4A "),
    "video/3gpp": lambda: planted_recordings.film(b"3gp4"),
    "video/quicktime": lambda: planted_recordings.film(b"qt  "),
    "application/pdf": planted_documents.pdf,
    "application/zip": planted_documents.docx,
}


@pytest.mark.parametrize("mime", FILES)
def test_a_file_is_known_by_what_is_in_it(mime):
    assert kind_of(FILES[mime]()) == mime


def test_sound_that_begins_with_its_first_frame_is_known():
    assert kind_of(planted_recordings.mp3_frame(1) * 3) == "audio/mpeg"


def test_a_picture_of_another_family_says_so_among_its_brands():
    content = b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1" + bytes(20)
    assert kind_of(content) == "image/avif"


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"BEGIN:VCARD", b"<svg xmlns='x'/>", b"<html>", b"MZ\x90", bytes(2000)],
    ids=["nothing", "a byte", "a contact", "a drawing", "a page", "a program", "zeros"],
)
def test_anything_else_is_not_known(content):
    with pytest.raises(CannotClean) as raised:
        kind_of(content)
    assert raised.value.reason is Reason.UNKNOWN
    assert name_of(content) == "application/octet-stream"
