import pytest

from console import voice_words
from console.words import in_words
from outreach.voice_marks import Unfit
from outreach.voice_translations import Origin
from outreach.voices import Linked

EVERY = {
    **voice_words.ORIGINS,
    **voice_words.WRITTEN_DOWN,
    **voice_words.LINKED,
    **voice_words.UNFIT,
    **voice_words.QUOTED,
}


def test_everything_that_can_be_has_its_words():
    assert set(voice_words.ORIGINS) == set(voice_words.WRITTEN_DOWN) == set(Origin)
    assert set(voice_words.LINKED) == set(Linked)
    assert set(voice_words.UNFIT) == set(Unfit)
    assert set(voice_words.QUOTED) == {"original", *Origin}


@pytest.mark.parametrize("text", EVERY.values())
def test_they_are_there_in_french(text):
    assert in_words(text, "fr") != text
