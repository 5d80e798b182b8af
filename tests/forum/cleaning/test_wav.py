import wave
from io import BytesIO

import pytest

from forum.cleaning import CannotClean, Reason, wav
from tests.support import planted_recordings
from tests.support.planted import found_in


def test_the_sound_stays_and_nothing_else():
    content = planted_recordings.wav()
    assert found_in(content)
    cleaned = wav.clean(content)
    assert found_in(cleaned.content) == set()
    with wave.open(BytesIO(cleaned.content)) as sound:
        assert sound.readframes(10**6) == planted_recordings.SOUND
        assert sound.getframerate() == 8000


def test_what_a_dying_recorder_left_open_is_taken_as_far_as_it_goes():
    content = bytearray(wav.clean(planted_recordings.wav()).content)
    at = content.index(b"data") + 4
    content[at : at + 4] = b"\xff\xff\xff\xff"
    assert planted_recordings.SOUND in wav.clean(bytes(content)).content


@pytest.mark.parametrize("left_out", [b"fmt ", b"data"])
def test_without_sound_it_is_broken(left_out):
    content = wav.clean(planted_recordings.wav()).content.replace(left_out, b"junk")
    with pytest.raises(CannotClean) as raised:
        wav.clean(content)
    assert raised.value.reason is Reason.BROKEN
