import pytest

from bots import effects as wish
from bots.check_in import SOLVED, check_in
from bots.conversation import Dialogue, Opening, Prompt, Said
from bots.phrases import ADDED

ASKED = check_in.hear(Dialogue("check_in"), wish.CheckInDue("c1"))


def test_it_asks_and_remembers_the_case():
    assert ASKED.say == (SOLVED,)
    assert ASKED.dialogue == Dialogue("check_in", "solved", {"case": "c1"})


@pytest.mark.parametrize(
    ("text", "solved", "answer"),
    [
        ("1", True, "Thank you for telling us."),
        ("2", False, "Thank you. We will look at it again."),
    ],
)
def test_the_reporter_has_the_last_word(text, solved, answer):
    outcome = check_in.hear(ASKED.dialogue, Said(text))
    assert outcome.do == wish.AnswerCheckIn("c1", solved)
    after = check_in.hear(outcome.dialogue, wish.CheckInAnswered())
    assert (after.dialogue, after.say) == (None, (Prompt(answer),))


def test_nobody_must_answer():
    outcome = check_in.hear(ASKED.dialogue, Said("0"))
    assert (outcome.dialogue, outcome.do) == (None, None)


def test_words_are_added_and_the_question_asked_again():
    outcome = check_in.hear(ASKED.dialogue, Said("they came back"))
    assert outcome.do == wish.AddToCase("c1", "they came back")
    assert check_in.hear(outcome.dialogue, wish.CaseExtended()).say == (ADDED, SOLVED)


def test_a_slip_repeats_the_question():
    assert check_in.hear(ASKED.dialogue, Said("8")).say == (SOLVED,)


def test_unasked_it_looks_for_the_case_of_this_phone():
    assert check_in.begin(Said("")).go == Opening("check_case", Said(""))
