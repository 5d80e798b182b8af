from bots import effects as wish
from bots.conversation import Dialogue, Opening, Said
from bots.forget import CONFIRM, DONE, forget
from bots.router import route

ASKED = Dialogue("forget", "confirm")


def test_it_asks_once_more():
    assert forget.begin(Said("")).say == (CONFIRM,)


def test_a_digit_erases_and_the_answer_is_always_the_same():
    outcome = forget.hear(ASKED, Said("1"))
    assert outcome.do == wish.Forget()
    done = forget.hear(outcome.dialogue, wish.Forgotten())
    assert (done.say, done.dialogue) == ((DONE,), None)


def test_0_erases_nothing():
    assert forget.hear(ASKED, Said("0")).go == Opening("menu", Said(""))


def test_other_words_are_kept_and_silence_is_asked_again():
    said = Said("they took my shovel")
    assert forget.hear(ASKED, said).go == Opening("kept", said)
    assert forget.hear(ASKED, Said("7")).say == (CONFIRM,)


def test_each_language_has_its_words_and_none_of_them_is_a_stop():
    for words in ("FORGET ME", "effacez-moi", "Nifute"):
        assert route(Said(words), None).conversation == "forget"
