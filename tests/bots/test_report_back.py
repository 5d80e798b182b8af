from bots import effects as wish
from bots.conversation import Dialogue, Opening, Said
from bots.report_back import ASK, ENDED, GOES_ON, report_back
from bots.router import route

ASKED = Dialogue("report_back", "choose")


def test_it_asks_before_anything_ends():
    assert report_back.begin(Said("")).say == (ASK,)


def test_a_digit_ends_it_and_the_answer_is_always_the_same():
    outcome = report_back.hear(ASKED, Said("2"))
    assert outcome.do == wish.EndReportBacks()
    done = report_back.hear(outcome.dialogue, wish.ReportBacksEnded())
    assert (done.say, done.dialogue) == ((ENDED,), None)


def test_to_go_on_changes_nothing():
    outcome = report_back.hear(ASKED, Said("1"))
    assert (outcome.say, outcome.do, outcome.dialogue) == ((GOES_ON,), None, None)


def test_0_leads_back():
    assert report_back.hear(ASKED, Said("0")).go == Opening("menu", Said(""))


def test_other_words_are_kept_and_a_slip_is_asked_again():
    said = Said("they took my shovel")
    assert report_back.hear(ASKED, said).go == Opening("kept", said)
    assert report_back.hear(ASKED, Said("7")).say == (ASK,)


def test_each_language_has_its_word_and_a_sentence_that_begins_with_it_is_kept():
    for words in ("OUTCOME", "suites", "Matokeo"):
        assert route(Said(words), None).conversation == "report_back"
    assert route(Said("Suite à mon appel, rien"), None).conversation == "kept"
