"""A mixed corpus of what strangers send: nothing hidden is left."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.cleaning import CannotClean, Reason
from forum.cleaning.clean import clean
from tests.support import planted_documents, planted_pictures, planted_recordings
from tests.support.planted import found_in

CORPUS = {
    make.__name__: make
    for make in (
        planted_pictures.jpeg,
        planted_pictures.png,
        planted_pictures.webp,
        planted_pictures.gif,
        planted_pictures.heic,
        planted_pictures.avif,
        planted_pictures.tiff,
        planted_pictures.bmp,
        planted_recordings.opus,
        planted_recordings.vorbis,
        planted_recordings.mp3,
        planted_recordings.aac,
        planted_recordings.amr,
        planted_recordings.wav,
        planted_recordings.film,
        planted_documents.docx,
        planted_documents.xlsx,
        planted_documents.odt,
        planted_documents.pdf,
    )
}


@pytest.mark.parametrize("name", CORPUS)
def test_no_name_no_place_and_no_packet_is_left(name):
    content = CORPUS[name]()
    assert found_in(content), "nothing was planted, so nothing can be found missing"
    assert found_in(clean(content).content) == set()


@pytest.mark.parametrize("name", CORPUS)
def test_what_was_cleaned_can_be_cleaned_again(name):
    cleaned = clean(CORPUS[name]())
    assert clean(cleaned.content).mime == cleaned.mime


@pytest.mark.parametrize("name", CORPUS)
@settings(max_examples=15)
@given(share=st.floats(0.02, 0.98))
def test_half_a_file_is_refused_or_clean(name, share):
    content = CORPUS[name]()
    try:
        cleaned = clean(content[: int(len(content) * share)])
    except CannotClean:
        return
    assert found_in(cleaned.content) == set()


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"OggS", b"%PDF-", b"PK\3\4"])
)
def test_any_bytes_are_refused_without_another_error(rest, beginning):
    with pytest.raises(CannotClean):
        clean(beginning + rest)


def test_a_package_that_is_no_document_is_not_known():
    with pytest.raises(CannotClean) as raised:
        clean(planted_documents.zipped({"notes.txt": "x"}))
    assert raised.value.reason is Reason.UNKNOWN
