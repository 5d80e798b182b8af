import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.cleaning import CannotClean, Reason, boxes
from tests.support.planted import found_in
from tests.support.planted_recordings import MOMENT, PICTURES, SOUND, box, film

WHOLE = film()


def kinds(content, start=0, end=None):
    return [one.kind for one in boxes.inside(content, start, end or len(content))]


def test_sound_and_pictures_stay_where_they_were_and_nothing_else():
    assert {"the name", "the latitude", "XMP"} & found_in(WHOLE)
    cleaned = boxes.clean(WHOLE)
    assert cleaned.mime == "video/mp4"
    assert found_in(cleaned.content) == set()
    assert len(cleaned.content) == len(WHOLE)
    for kept in (SOUND, PICTURES):
        assert cleaned.content.index(kept) == WHOLE.index(kept)


def test_the_time_is_forgotten():
    assert MOMENT[:4] in WHOLE
    assert MOMENT[:4] not in boxes.clean(WHOLE).content


def test_a_track_of_places_is_gone():
    made = boxes.clean(WHOLE).content
    moov = next(one for one in boxes.inside(made, 0, len(made)) if one.kind == b"moov")
    inside = kinds(made, moov.body, moov.end)
    assert inside == [b"mvhd", b"trak", b"trak", b"free", b"free", b"free"]
    assert kinds(made) == [b"ftyp", b"mdat", b"moov", b"free", b"free"]


def test_sound_alone_says_so():
    cleaned = boxes.clean(film(pictures=False))
    assert cleaned.mime == "audio/mp4"
    assert SOUND in cleaned.content


@pytest.mark.parametrize(
    ("brand", "mime"), [(b"3gp4", "video/3gpp"), (b"qt  ", "video/quicktime")]
)
def test_what_it_is_stays(brand, mime):
    assert boxes.clean(film(brand)).mime == mime


def test_what_was_cleaned_is_clean():
    once = boxes.clean(WHOLE).content
    assert boxes.clean(once).content == once


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (WHOLE + box(b"moof"), Reason.UNKNOWN),
        (WHOLE.replace(b"mp4a", b"oops"), Reason.UNKNOWN),
        (WHOLE.replace(b"url \0\0\0\1", b"url \0\0\0\0"), Reason.UNKNOWN),
        (WHOLE.replace(b"mdat", b"mdit"), Reason.BROKEN),
        (WHOLE.replace(b"soun", b"text").replace(b"vide", b"text"), Reason.BROKEN),
        (WHOLE[:-3], Reason.BROKEN),
        (box(b"ftyp", b"isom"), Reason.BROKEN),
    ],
    ids=["pieces", "codec", "elsewhere", "no heap", "no track", "cut off", "empty"],
)
def test_what_is_not_as_it_should_be_is_not_taken(content, reason):
    with pytest.raises(CannotClean) as raised:
        boxes.clean(content)
    assert raised.value.reason is reason


@settings(max_examples=200)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_one_wrong_byte_lets_nothing_out(at, byte):
    """It is refused, or what comes out is clean all the same."""
    damaged = bytearray(WHOLE)
    damaged[at] = byte
    try:
        cleaned = boxes.clean(bytes(damaged))
    except (CannotClean, struct.error, ValueError, IndexError):
        return
    assert "XMP" not in found_in(cleaned.content)
    assert len(cleaned.content) == len(damaged)
