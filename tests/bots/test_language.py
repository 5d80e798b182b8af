from bots import effects as wish
from bots.conversation import Dialogue, Opening, Said
from bots.language import CHOOSE, language
from locales import languages, translate

ASKED = Dialogue("language", "choose")


def hear(text, **more):
    return language.hear(ASKED, Said(text, **more))


def test_a_language_may_come_with_the_keyword():
    assert language.begin(Said("Kiswahili")).do == wish.SetLanguage("sw")
    assert language.begin(Said("", choice="fr")).do == wish.SetLanguage("fr")


def test_else_it_asks():
    assert language.begin(Said("")).say == (CHOOSE,)
    assert language.begin(Said("0")).say == (CHOOSE,)


def test_each_language_is_offered_under_its_own_name():
    offered = {choice.key: choice.label for choice in CHOOSE.choices[:-1]}
    assert offered == {tag: row.name for tag, row in languages().items()}


def test_a_number_or_a_name_chooses():
    assert hear("3").do == wish.SetLanguage("sw")
    assert hear("FRANCAIS").do == wish.SetLanguage("fr")


def test_it_is_confirmed_in_the_new_language():
    said = language.hear(ASKED, wish.LanguageSet()).say[0]
    assert translate(said.msgid, "sw") == "Kuanzia sasa tutakuandikia kwa Kiswahili."


def test_0_leads_to_the_menu():
    assert hear("0").go == Opening("menu", Said(""))


def test_words_instead_of_a_language_are_kept():
    assert hear("the pump broke").go == Opening("kept", Said("the pump broke"))


def test_a_slip_repeats_the_question():
    assert hear("8").say == (CHOOSE,)
