import pytest

from console.voicefile import Heard, Told, VoiceFile
from outreach.voice_translations import Origin, Translation
from outreach.voices import Consent, Voice


@pytest.fixture
def voice(now):
    return Voice("v" * 32, b"", b"", Consent.UNNAMED, "sw", "sms", now)


@pytest.fixture
def told(now):
    def made(language, edition=1):
        one = Translation("v" * 32, language, edition, b"", Origin.HUMAN, "m" * 32, now)
        return Told(one, f"in {language}")

    return made


@pytest.mark.parametrize(
    ("kept", "reader", "shown"),
    [
        ((), "en", None),
        (("en", "fr"), "fr", "fr"),
        (("en", "fr"), "sw", None),  # who reads it as it was told needs no other
        (("en",), "fr", "en"),
        (("fr",), "en", "fr"),
    ],
)
def test_a_reader_is_shown_the_nearest_translation(voice, told, kept, reader, shown):
    heard = Heard(voice, "Tunaosha.", translations={tag: told(tag) for tag in kept})
    found = heard.beside(reader)
    assert (found and found.edition.language) == shown


def test_what_was_written_down_of_a_voice_note_is_shown(voice, told):
    heard = Heard(voice, "", translations={"sw": told("sw")})
    assert heard.beside("sw").text == "in sw"


def test_a_form_goes_on_from_the_newest_edition(voice, told):
    history = [told("en", 3), told("en", 2), told("fr", 1)]
    file = VoiceFile(Heard(voice, "x"), b"", history, {})
    assert [file.edition(tag) for tag in ("en", "fr", "sw")] == [3, 1, 0]
