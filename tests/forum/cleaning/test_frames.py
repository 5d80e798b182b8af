import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.cleaning import CannotClean, Reason, frames
from tests.support import planted_recordings
from tests.support.planted import found_in
from tests.support.planted_recordings import mp3_frame


def test_every_frame_of_an_mp3_stays_and_no_tag():
    content = planted_recordings.mp3(8)
    assert found_in(content)
    cleaned = frames.clean_mp3(content)
    assert cleaned.content == b"".join(mp3_frame(n) for n in range(1, 9))


def test_every_frame_of_an_aac_stays_and_no_tag():
    content = planted_recordings.aac(8)
    assert found_in(content)
    cleaned = frames.clean_aac(content)
    assert (cleaned.mime, len(cleaned.content)) == ("audio/aac", 8 * 107)
    assert found_in(cleaned.content) == set()


@given(st.binary(max_size=60).filter(lambda junk: b"\xff" not in junk))
def test_what_lies_between_frames_goes(junk):
    first, second = mp3_frame(1) + mp3_frame(2), mp3_frame(3) + mp3_frame(4)
    kept = frames.clean_mp3(first + b"TAG" + junk + second).content
    assert kept == first + second


@pytest.mark.parametrize(
    ("header", "length"),
    [
        ("fffb9000", 417),  # MPEG 1, 128 kbit/s, 44.1 kHz
        ("fffb9200", 418),  # the same, padded
        ("fffbe400", 960),  # 320 kbit/s, 48 kHz
        ("fff34400", 96),  # MPEG 2, 32 kbit/s, 24 kHz
        ("fffb0000", 0),  # a bitrate of its own
        ("fffbf000", 0),
        ("fffb9c00", 0),  # no such rate
        ("fffd9000", 0),  # another layer
        ("ffeb9000", 0),  # no such version
        ("fefb9000", 0),
        ("fffb", 0),
    ],
)
def test_a_frames_length_is_in_its_header(header, length):
    assert frames.mp3_length(bytes.fromhex(header), 0) == length


@pytest.mark.parametrize("content", [b"ID3\x04\0\0\0\0\0\x05hello", b"\xff\xfb", b"\xff" * 500])
def test_without_a_frame_it_is_broken(content):
    for clean in (frames.clean_mp3, frames.clean_aac):
        with pytest.raises(CannotClean) as raised:
            clean(content)
        assert raised.value.reason is Reason.BROKEN
