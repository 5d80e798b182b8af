import pytest

from bots.conversation import Dialogue, Opening, Said
from bots.menu import MENU, menu
from bots.router import OPENINGS

OPEN = Dialogue("menu", "choose")


def test_it_shows_itself_whatever_came_with_the_wish():
    assert menu.begin(Said("please")).say == (MENU,)


@pytest.mark.parametrize("choice", MENU.choices)
def test_each_choice_opens_a_conversation(choice):
    assert choice.key in OPENINGS
    assert menu.hear(OPEN, Said(choice.digit, "sw")).go == Opening(choice.key, Said("", "sw"))


def test_words_instead_of_a_choice_are_kept():
    assert menu.hear(OPEN, Said("the pump broke")).go == Opening("kept", Said("the pump broke"))


def test_a_slip_shows_it_again():
    assert menu.hear(OPEN, Said("8")).say == (MENU,)


def test_it_offers_at_most_six_ways_and_a_call():
    digits = [choice.digit for choice in MENU.choices]
    assert digits[-1] == "9"
    assert len(digits) <= 7
