import pytest

from channels import twilio_calls
from channels.sound_links import READ_ALOUD
from console import soundfile
from outreach.recordings import Fault, Unfit


async def test_what_is_no_file_is_no_recording():
    for brought in (None, "", "why.mp3"):
        with pytest.raises(Unfit) as unfit:
            await soundfile.cleaned(brought)
        assert unfit.value.fault is Fault.NONE


def test_the_languages_that_are_read_aloud_are_those_for_which_there_is_a_voice():
    assert set(twilio_calls.VOICES) == READ_ALOUD
