import pytest

from bots import effects as wish
from bots.conversation import Dialogue, Listener, Opening, Said
from bots.my_data import LESSONS, NOTHING, SINCE, STOPPED, my_data
from bots.router import route

ASKED = Dialogue("my_data", "opening")
ANNA = Listener("Kabira Hill", "Digger", "A woman", "not told")


def heard(event):
    return my_data.hear(ASKED, event)


def test_it_asks_nothing_and_looks_it_up():
    assert my_data.begin(Said("")).do == wish.FindKnown()


def test_each_person_is_one_message_and_the_last_says_how_to_have_it_erased():
    outcome = heard(wish.KnownFound((ANNA, ANNA), "Kiswahili", "1 Feb", "own"))
    first, other, since = (line.text("en") for line in outcome.say)
    assert first.startswith("You, for news. Place: Kabira Hill. Work: Digger.")
    assert other.startswith("Another on this phone.")
    assert since.endswith("by your own word, in Kiswahili. To erase it, send FORGET ME.")
    assert outcome.dialogue is None


@pytest.mark.parametrize("how", SINCE)
def test_it_says_how_they_came(how):
    outcome = heard(wish.KnownFound((ANNA,), "Kiswahili", "1 Feb", how))
    assert outcome.say[-1].msgid == SINCE[how].msgid


def test_a_stop_and_lessons_are_kept_also_of_who_is_not_on_the_list():
    assert heard(wish.KnownFound(stopped=True, lessons=True)).say == (STOPPED, LESSONS)
    assert heard(wish.KnownFound()).say == (NOTHING,)


@pytest.mark.parametrize("words", ["MY DATA", "my data please", "Mes données", "DATA YANGU"])
def test_each_language_has_its_words(words):
    assert route(Said(words), None).conversation == "my_data"


@pytest.mark.parametrize(
    "words",
    ["My data were taken by the guard", "mes données ont été volées", "data yangu imeibiwa"],
)
def test_a_report_that_begins_so_is_a_report(words):
    assert route(Said(words), None) == Opening("kept", Said(words))
