import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.cleaning import CannotClean, Reason, ogg
from tests.support import planted_recordings
from tests.support.planted import found_in
from tests.support.planted_recordings import SOUND, _ogg_checksum, ogg_page

HEAD = b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
TAGS = b"OpusTags" + bytes(8)


def packets(content):
    """Return every packet of a file, and check each page's number and checksum."""
    found, packet = [], b""
    for number, page in enumerate(ogg._pages(content)):
        at = 0
        for length in page.lengths:
            packet += page.body[at : at + length]
            at += length
            if length < 255:
                found.append(packet)
                packet = b""
        written = ogg._written(page, number)
        assert written in content
        assert _ogg_checksum(written[:22] + bytes(4) + written[26:]) == int.from_bytes(
            written[22:26], "little"
        )
    return found


def test_a_voice_note_loses_its_comments_and_keeps_its_sound():
    content = planted_recordings.opus()
    assert found_in(content)
    cleaned = ogg.clean(content)
    assert found_in(cleaned.content) == set()
    assert packets(cleaned.content) == [HEAD, TAGS, SOUND, SOUND[::-1]]


def test_what_shares_pages_with_comments_is_kept():
    content = planted_recordings.vorbis()
    assert found_in(content)
    cleaned = ogg.clean(content)
    assert found_in(cleaned.content) == set()
    comments = b"\x03vorbis" + bytes(8) + b"\x01"
    assert packets(cleaned.content)[1:] == [comments, b"\x05vorbis" + SOUND * 2, SOUND]


def test_streams_one_after_the_other_each_lose_theirs():
    cleaned = ogg.clean(planted_recordings.opus() + planted_recordings.vorbis())
    assert found_in(cleaned.content) == set()
    assert cleaned.content.count(SOUND) >= 3


def test_what_lies_between_pages_and_behind_them_goes():
    first, last = ogg_page(2, 0, 0, HEAD), ogg_page(4, 9, 2, SOUND)
    content = first + ogg_page(0, 0, 1, TAGS) + b"Quixworth" + last + b"Quixworth" + last[:40]
    assert ogg.clean(content).content == first + ogg_page(0, 0, 1, TAGS) + last


@settings(max_examples=20)
@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=3))
def test_packets_of_any_length_come_back(lengths):
    """The setup of a codec may be long, and a length may be a multiple of 255."""
    made = [bytes([n % 251]) * length for n, length in enumerate(lengths)]
    laid = b"".join(ogg._written(page, n) for n, page in enumerate(ogg._laid_out(made, 7)))
    assert packets(laid) == made


@given(st.binary(min_size=1, max_size=300))
def test_a_checksum_is_that_of_the_standard(page):
    assert ogg.checksum(page) == _ogg_checksum(page)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"OggS", Reason.BROKEN),
        (ogg_page(0, 0, 0, HEAD) + ogg_page(0, 0, 1, TAGS), Reason.BROKEN),
        (ogg_page(2, 0, 0, HEAD) + ogg_page(0, 0, 1, b"no comments"), Reason.BROKEN),
        (ogg_page(2, 0, 0, HEAD) + ogg_page(0, 0, 1, TAGS, SOUND), Reason.BROKEN),
        (ogg_page(2, 0, 0, HEAD), Reason.UNKNOWN),
        (ogg_page(2, 0, 0, b"\x80theora") + ogg_page(0, 0, 1, b"x"), Reason.UNKNOWN),
        (ogg_page(2, 0, 0, HEAD) + ogg_page(0, 0, 1, TAGS, stream=78), Reason.UNKNOWN),
        (
            ogg_page(2, 0, 0, b"Speex   " + bytes(60) + b"\1\0\0\0") + ogg_page(0, 0, 1, bytes(8)),
            Reason.UNKNOWN,
        ),
    ],
)
def test_what_is_not_as_it_should_be_is_not_taken(content, reason):
    with pytest.raises(CannotClean) as raised:
        ogg.clean(content)
    assert raised.value.reason is reason
