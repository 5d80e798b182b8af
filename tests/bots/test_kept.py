import pytest

from bots import effects as wish
from bots.conversation import PATIENCE, Attachment, Dialogue, Leaving, Opening, Said, Silence
from bots.kept import DOUBT, MEANT, MOST, SORT, kept
from bots.phrases import ADDED, receipt

PHOTO = Attachment("ref", "photo", "image/jpeg")
HELD = Dialogue("kept", "sort", {"story": "The pump broke"}, (PHOTO,))
FILE = wish.FileCase("The pump broke", (PHOTO,))
DOUBTED = Dialogue("kept", "meant", {"story": "Stop this bill"})


def hear(text, dialogue=HELD, **more):
    return kept.hear(dialogue, Said(text, "sw", **more))


def test_words_are_kept_before_anything_is_asked():
    outcome = kept.begin(Said("The pump broke", attachments=(PHOTO,)))
    assert (outcome.dialogue, outcome.say) == (HELD, (SORT,))


@pytest.mark.parametrize(
    ("digit", "becomes"), [("1", "report"), ("2", "voice"), ("3", "check_case")]
)
def test_one_digit_says_what_they_are(digit, becomes):
    outcome = hear(digit)
    assert outcome.go.conversation == becomes
    assert outcome.go.said.text == "The pump broke"
    assert outcome.go.said.attachments == (PHOTO,)
    assert outcome.go.said.language == "sw"


def test_0_files_them_as_they_are():
    assert hear("0").do == wish.FileCase("The pump broke", (PHOTO,), "OTHER")


def test_more_words_are_kept_with_them():
    outcome = hear("and the spare one too")
    assert outcome.dialogue.answers["story"] == "The pump broke\nand the spare one too"
    assert outcome.say == (ADDED, SORT)


def test_a_slip_repeats_the_question():
    assert hear("7").say == (SORT,)


def test_a_flood_of_words_is_filed_piece_by_piece():
    flood = "x" * MOST
    outcome = hear(flood)
    assert outcome.do == FILE
    onward = kept.hear(outcome.dialogue, wish.CaseFiled("c1", "code")).go
    assert (onward.conversation, onward.said.text) == ("kept", flood)


def test_a_day_of_silence_files_them():
    assert kept.patience(HELD) == PATIENCE
    outcome = kept.hear(HELD, Silence())
    assert outcome.do == FILE
    told = kept.hear(outcome.dialogue, wish.CaseFiled("c1", "code"))
    assert (told.dialogue, told.say, told.go) == (None, receipt("code"), None)


def test_going_elsewhere_files_them_first():
    menu = Opening("menu", Said(""))
    outcome = kept.hear(HELD, Leaving(menu))
    assert outcome.do == FILE
    assert kept.hear(outcome.dialogue, wish.CaseFiled("c1", "code")).go == menu


def test_a_call_back_takes_them_along():
    outcome = kept.hear(HELD, Leaving(Opening("call_back", Said("", "sw"))))
    assert outcome.do is None
    assert outcome.go == Opening("call_back", Said("The pump broke", "sw", None, (PHOTO,)))


# --- words that may be a STOP


def test_doubtful_words_are_kept_and_asked_about():
    outcome = kept.begin(Said("Stop this bill", choice=DOUBT))
    assert (outcome.dialogue, outcome.say) == (DOUBTED, (MEANT,))


def test_who_meant_it_leaves_and_the_words_are_let_go():
    outcome = hear("1", DOUBTED)
    assert (outcome.dialogue, outcome.go) == (None, Opening("stop", Said("", "sw")))


@pytest.mark.parametrize("text", ["0", "7"])
def test_else_they_are_a_message(text):
    outcome = hear(text, DOUBTED)
    assert (outcome.dialogue.step, outcome.say) == ("sort", (SORT,))
    assert outcome.dialogue.answers["story"] == "Stop this bill"


def test_nobody_is_asked_twice():
    outcome = hear("stop it, I say", DOUBTED)
    assert (outcome.dialogue.step, outcome.say) == ("sort", (SORT,))
    assert outcome.dialogue.answers["story"] == "Stop this bill\nstop it, I say"


def test_doubtful_words_that_nobody_explains_are_filed():
    assert kept.patience(DOUBTED) == PATIENCE
    assert kept.hear(DOUBTED, Silence()).do == wish.FileCase("Stop this bill", ())


def test_a_plain_stop_answers_the_question():
    stop = Opening("stop", Said(""))
    assert kept.hear(DOUBTED, Leaving(stop)).go == stop
    assert kept.hear(HELD, Leaving(stop)).do == FILE
