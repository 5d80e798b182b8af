import pytest

from forum.cleaning import CannotClean, Reason, amr
from tests.support import planted_recordings
from tests.support.planted import found_in


def test_every_frame_stays_and_nothing_behind_them():
    content = planted_recordings.amr(8)
    assert found_in(content)
    cleaned = amr.clean(content)
    assert cleaned.mime == "audio/amr"
    assert cleaned.content == content[: 6 + 8 * 32]


@pytest.mark.parametrize(("mode", "length"), [*enumerate((12, 13, 15, 17, 19, 20, 26, 31, 5))])
def test_each_mode_has_its_length(mode, length):
    frame = bytes([mode << 3 | 4]) + b"\x7f" * length
    assert amr.clean(b"#!AMR\n" + frame * 3 + frame[:-1]).content == b"#!AMR\n" + frame * 3


def test_the_wide_kind_has_other_lengths():
    frame = bytes([8 << 3 | 4]) + b"\x01" * 60
    cleaned = amr.clean(b"#!AMR-WB\n" + frame * 2)
    assert (cleaned.mime, len(cleaned.content)) == ("audio/amr-wb", 9 + 2 * 61)


def test_bits_that_mean_nothing_carry_nothing():
    frame = bytes([7 << 3 | 0b1000_0011]) + b"\x01" * 31
    assert amr.clean(b"#!AMR\n" + frame).content[6] == 7 << 3


@pytest.mark.parametrize("rest", [b"", b"\x48" + bytes(40), b"\x3c"])
def test_without_a_frame_it_is_broken(rest):
    with pytest.raises(CannotClean) as raised:
        amr.clean(b"#!AMR\n" + rest)
    assert raised.value.reason is Reason.BROKEN
