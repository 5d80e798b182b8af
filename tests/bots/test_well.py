import pytest

from bots import effects as wish
from bots.conversation import Dialogue, Opening, Prompt, Said, Silence
from bots.phrases import ADDED
from bots.well import TELL, WELL, well

ASKED = well.hear(Dialogue("well"), wish.WellDue("c1"))


def answered(text, case):
    outcome = well.hear(ASKED.dialogue, Said(text))
    return outcome.do, well.hear(outcome.dialogue, wish.WellAnswered(case))


def test_it_asks_and_remembers_the_case():
    assert ASKED.say == (WELL,)
    assert ASKED.dialogue == Dialogue("well", "asked", {"case": "c1"})


def test_who_is_well_is_thanked():
    do, after = answered("1", None)
    assert do == wish.AnswerWell("c1", well=True)
    assert (after.dialogue, after.say) == (None, (Prompt("Thank you for telling us."),))


def test_who_is_not_may_say_more_and_it_goes_to_the_case_that_is_about_it():
    do, after = answered("2", "c2")
    assert do == wish.AnswerWell("c1", well=False)
    assert after.say == (TELL,)
    more = well.hear(after.dialogue, Said("they took my tools"))
    assert more.do == wish.AddToCase("c2", "they took my tools")
    assert well.hear(more.dialogue, wish.CaseExtended()).say == (ADDED,)
    assert well.hear(more.dialogue, wish.CaseExtended()).dialogue is None


@pytest.mark.parametrize("event", [Said("0"), Silence()])
def test_who_is_not_need_not_say_more(event):
    _, after = answered("2", "c2")
    assert well.hear(after.dialogue, event).dialogue is None


def test_words_are_added_and_the_question_asked_again():
    outcome = well.hear(ASKED.dialogue, Said("who is this"))
    assert outcome.do == wish.AddToCase("c1", "who is this")
    assert well.hear(outcome.dialogue, wish.CaseExtended()).say == (ADDED, WELL)


def test_a_slip_repeats_the_question():
    assert well.hear(ASKED.dialogue, Said("8")).say == (WELL,)


def test_unasked_it_looks_for_the_case_of_this_phone():
    assert well.begin(Said("")).go == Opening("check_case", Said(""))
