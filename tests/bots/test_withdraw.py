import pytest

from bots import effects as wish
from bots.conversation import Dialogue, Opening, Prompt, Said, Silence
from bots.phrases import ADDED, CODE, TRIES, WRONG
from bots.withdraw import CONFIRM, KEPT, SAYS, WITHIN, withdraw

RIGHT = "1234-5678-90123-4"
FOUND = wish.CaseFound("c1", "We have it.", news=False)
ASKED = withdraw.hear(withdraw.begin(Said("")).dialogue, FOUND)


def test_it_looks_for_the_case_of_this_phone():
    assert withdraw.begin(Said("")).do == wish.FindMine()
    assert (ASKED.say, ASKED.dialogue.answers["case"]) == ((CONFIRM,), "c1")


def test_by_its_code_a_case_is_found_from_any_phone():
    assert withdraw.begin(Said(RIGHT)).do == wish.FindCase(RIGHT)


def test_the_code_says_more_than_what_was_spoken_of():
    assert withdraw.begin(Said(RIGHT, about="c9")).do == wish.FindCase(RIGHT)


def test_what_was_spoken_of_is_meant():
    outcome = withdraw.begin(Said("", about="c9"))
    assert (outcome.say, outcome.dialogue.answers["case"]) == ((CONFIRM,), "c9")


def test_one_message_takes_nothing_back():
    assert ASKED.do is None
    assert withdraw.patience(ASKED.dialogue) == WITHIN == 3600


@pytest.mark.parametrize("said", [Said("1"), Said("", choice="meant"), Said("I take it back")])
def test_the_second_does(said):
    assert withdraw.hear(ASKED.dialogue, said).do == wish.WithdrawCase("c1", WITHIN)


@pytest.mark.parametrize("said", [Said("0"), Said("keep it")])
def test_who_keeps_it_is_told_so(said):
    outcome = withdraw.hear(ASKED.dialogue, said)
    assert (outcome.dialogue, outcome.say, outcome.do) == (None, (KEPT,), None)


def test_a_button_that_is_pressed_twice_takes_nothing_back():
    outcome = withdraw.hear(ASKED.dialogue, Said("", choice="withdraw"))
    assert not isinstance(outcome.do, wish.WithdrawCase)


def test_silence_takes_nothing_back():
    outcome = withdraw.hear(ASKED.dialogue, Silence())
    assert (outcome.dialogue, outcome.say, outcome.do) == (None, (), None)


def test_other_words_are_added_and_the_question_asked_again():
    outcome = withdraw.hear(ASKED.dialogue, Said("they said sorry"))
    assert outcome.do == wish.AddToCase("c1", "they said sorry")
    assert withdraw.hear(outcome.dialogue, wish.CaseExtended()).say == (ADDED, CONFIRM)


def test_a_slip_repeats_the_question():
    assert withdraw.hear(ASKED.dialogue, Said("7")).say == (CONFIRM,)


@pytest.mark.parametrize("outcome", ["withdrawn", "watched", "over", "late"])
def test_the_reporter_hears_what_came_of_it(outcome):
    told = withdraw.hear(ASKED.dialogue, wish.CaseWithdrawn(outcome))
    assert (told.dialogue, told.say) == (None, (SAYS[outcome],))


# --- no case yet


def test_a_phone_without_a_case_is_asked_for_the_code():
    assert withdraw.hear(Dialogue("withdraw"), wish.CaseUnknown()).say == (CODE,)


def test_a_wrong_code_is_asked_for_again():
    asked = withdraw.hear(Dialogue("withdraw"), wish.CaseUnknown())
    tried = withdraw.hear(asked.dialogue, Said(RIGHT))
    assert tried.do == wish.FindCase(RIGHT)
    assert withdraw.hear(tried.dialogue, wish.CaseUnknown()).say == (WRONG,)


def test_a_guesser_is_sent_away():
    outcome = withdraw.hear(Dialogue("withdraw"), wish.TooManyTries())
    assert (outcome.dialogue, outcome.say) == (None, (TRIES,))


def test_words_instead_of_a_code_are_kept():
    asked = withdraw.hear(Dialogue("withdraw"), wish.CaseUnknown())
    assert withdraw.hear(asked.dialogue, Said("the roof fell")).go == Opening(
        "kept", Said("the roof fell")
    )
    assert withdraw.hear(asked.dialogue, Said("0")).go == Opening("menu", Said(""))
    assert withdraw.hear(asked.dialogue, Said("7")).say == (CODE,)
    assert isinstance(CODE, Prompt)
