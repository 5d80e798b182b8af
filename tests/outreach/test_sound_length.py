import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.cleaning import frames, ogg
from forum.cleaning import wav as waves
from outreach import sound_length
from outreach.sound_length import NotKnown
from tests.support import planted_recordings as planted
from tests.support.spoken import mp3, mp3_of_telephones, opus, wav

MADE = [
    ("audio/ogg", opus, ogg.clean),
    ("audio/wav", wav, waves.clean),
    ("audio/mpeg", mp3, frames.clean_mp3),
    ("audio/mpeg", mp3_of_telephones, frames.clean_mp3),
]


@pytest.mark.parametrize(("mime", "made", "clean"), MADE)
@pytest.mark.parametrize("seconds", [0.5, 12, 121])
def test_a_clean_recording_is_measured(mime, made, clean, seconds):
    cleaned = clean(made(seconds))
    assert cleaned.mime == mime
    assert sound_length.seconds(mime, cleaned.content) == pytest.approx(seconds, abs=0.04)


def test_another_codec_in_ogg_is_not_known():
    with pytest.raises(NotKnown):
        sound_length.seconds("audio/ogg", ogg.clean(planted.vorbis()).content)


def test_another_type_is_not_known():
    with pytest.raises(NotKnown):
        sound_length.seconds("image/png", b"")


@given(st.sampled_from(["audio/ogg", "audio/wav", "audio/mpeg"]), st.binary(max_size=300))
def test_whatever_it_is_it_is_measured_or_not_known(mime, content):
    with contextlib.suppress(NotKnown):
        assert sound_length.seconds(mime, content) >= 0
