import pytest

from bots import effects as wish
from bots.conversation import PATIENCE, Attachment, Dialogue, Leaving, Opening, Said, Silence
from bots.phrases import ADDED
from bots.voice import CONSENT, HEAR_BACK, STORY, THANKS, TOLD_LATER, voice

PHOTO = Attachment("ref", "photo", "image/jpeg")
TOLD = voice.begin(Said("my mother dug here", attachments=(PHOTO,)))
KEPT = wish.VoiceKept()


def keep(consent, *, report_back=False):
    return wish.KeepVoice("my mother dug here", (PHOTO,), consent, report_back)


def allowed(digit="2"):
    """Return the dialogue of somebody who has said how far it may go."""
    return voice.hear(TOLD.dialogue, Said(digit)).dialogue


def test_a_story_after_the_keyword_is_kept():
    assert TOLD.say == (CONSENT,)
    assert TOLD.dialogue.answers == {"story": "my mother dug here"}


def test_without_a_story_it_asks():
    asked = voice.begin(Said(""))
    assert asked.say == (STORY,)
    assert voice.hear(asked.dialogue, Said("my mother dug here")).say == (CONSENT,)


def test_a_slip_is_no_story():
    assert voice.hear(Dialogue("voice", "story"), Said("7")).say == (STORY,)


@pytest.mark.parametrize(
    ("text", "consent"), [("1", "internal"), ("2", "unnamed"), ("3", "public"), ("0", "internal")]
)
def test_it_goes_as_far_as_its_teller_says(text, consent):
    asked = voice.hear(TOLD.dialogue, Said(text))
    assert asked.say == (HEAR_BACK,)
    outcome = voice.hear(asked.dialogue, Said("2"))
    assert outcome.do == keep(consent)
    assert voice.hear(outcome.dialogue, KEPT).dialogue is None


@pytest.mark.parametrize(
    ("digit", "wants", "said"), [("1", True, TOLD_LATER), ("2", False, THANKS)]
)
def test_its_teller_says_whether_to_hear_of_it(digit, wants, said):
    outcome = voice.hear(allowed(), Said(digit))
    assert outcome.do == keep("unnamed", report_back=wants)
    assert voice.hear(outcome.dialogue, KEPT).say == (said,)


def test_who_says_nothing_of_it_hears_nothing_of_it():
    menu = Opening("menu", Said(""))
    assert voice.patience(allowed()) == PATIENCE
    for event in (Silence(), Leaving(menu)):
        outcome = voice.hear(allowed("3"), event)
        assert outcome.do == keep("public")
        assert voice.hear(outcome.dialogue, KEPT).say == (THANKS,)


def test_words_in_place_of_that_answer_belong_to_the_story():
    outcome = voice.hear(allowed(), Said("and hers"))
    assert outcome.dialogue.answers["story"] == "my mother dug here\nand hers"
    assert outcome.say == (ADDED, HEAR_BACK)
    assert voice.hear(allowed(), Said("8")).say == (HEAR_BACK,)


def test_more_words_belong_to_the_story():
    outcome = voice.hear(TOLD.dialogue, Said("and hers"))
    assert outcome.dialogue.answers["story"] == "my mother dug here\nand hers"
    assert outcome.say == (ADDED, CONSENT)


def test_a_slip_repeats_the_question():
    assert voice.hear(TOLD.dialogue, Said("8")).say == (CONSENT,)


def test_silence_keeps_it_for_the_forum_alone():
    assert voice.patience(TOLD.dialogue) == PATIENCE
    assert voice.hear(TOLD.dialogue, Silence()).do == keep("internal")


def test_going_elsewhere_keeps_it_first():
    menu = Opening("menu", Said(""))
    outcome = voice.hear(TOLD.dialogue, Leaving(menu))
    assert outcome.do == keep("internal")
    assert voice.hear(outcome.dialogue, KEPT).go == menu


def test_going_elsewhere_before_a_story_keeps_nothing():
    menu = Opening("menu", Said(""))
    assert voice.hear(Dialogue("voice", "story"), Leaving(menu)).go == menu
