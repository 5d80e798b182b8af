from bots import effects as wish
from bots.conversation import HONEST, PATIENCE, Leaving, Opening, Prompt, Said, Silence
from bots.phrases import receipt
from bots.welcome import CHOOSE, KEPT, welcome

HELD = welcome.begin(Said("The roof fell", "en")).dialogue
BARE = welcome.begin(Said("", "en")).dialogue


def chosen(dialogue, text, **more):
    outcome = welcome.hear(dialogue, Said(text, "en", **more))
    return outcome, welcome.hear(outcome.dialogue, wish.LanguageSet())


def test_the_honest_sentence_comes_first():
    assert welcome.begin(Said("", first=True)).say == (Prompt(HONEST), CHOOSE)


def test_a_first_text_is_kept_and_the_welcome_says_so():
    outcome = welcome.begin(Said("The roof fell"))
    assert outcome.say == (KEPT,)
    assert outcome.dialogue.answers["story"] == "The roof fell"


def test_a_language_is_chosen_by_number_or_button():
    assert chosen(BARE, "1")[0].do == wish.SetLanguage("en")
    assert chosen(BARE, "", choice="sw")[0].do == wish.SetLanguage("sw")
    assert chosen(BARE, "francais")[0].do == wish.SetLanguage("fr")


def test_then_comes_the_menu():
    _, after = chosen(BARE, "1")
    assert (after.go, after.say) == (Opening("menu", Said("", "en")), ())


def test_then_words_that_were_kept_are_sorted():
    _, after = chosen(HELD, "2")
    assert after.go == Opening("kept", Said("The roof fell", "fr"))


def test_the_honest_sentence_is_said_again_in_a_language_that_was_not_guessed():
    _, after = chosen(BARE, "3")
    assert after.say == (Prompt(HONEST),)


def test_words_instead_of_a_language_are_kept_and_the_guess_holds():
    outcome, after = chosen(HELD, "and two are hurt")
    assert outcome.do == wish.SetLanguage("en")
    assert after.go == Opening("kept", Said("The roof fell\nand two are hurt", "en"))


def test_a_slip_repeats_the_question():
    assert welcome.hear(BARE, Said("8")).say == (CHOOSE,)


def test_a_day_of_silence_files_what_was_kept():
    assert welcome.patience(HELD) == PATIENCE
    outcome = welcome.hear(HELD, Silence())
    assert outcome.do == wish.FileCase("The roof fell")
    assert welcome.hear(outcome.dialogue, wish.CaseFiled("c1", "code")).say == receipt("code")


def test_silence_after_a_greeting_changes_nothing():
    outcome = welcome.hear(BARE, Silence())
    assert (outcome.dialogue, outcome.do, outcome.say) == (BARE, None, ())


def test_going_elsewhere_files_what_was_kept():
    report = Opening("report", Said("something else"))
    outcome = welcome.hear(HELD, Leaving(report))
    assert outcome.do == wish.FileCase("The roof fell")
    assert welcome.hear(outcome.dialogue, wish.CaseFiled("c1", "code")).go == report


def test_going_elsewhere_after_a_greeting_files_nothing():
    menu = Opening("menu", Said(""))
    assert welcome.hear(BARE, Leaving(menu)).go == menu


def test_a_call_back_takes_the_words_along():
    outcome = welcome.hear(HELD, Leaving(Opening("call_back", Said("", "fr"))))
    assert outcome.go == Opening("call_back", Said("The roof fell", "fr"))


def test_a_keyword_of_another_language_is_answered_in_it():
    report = Opening("report", Said("wameiba", "sw"))
    outcome = welcome.begin(Said("", "sw", wants=report))
    assert outcome.do == wish.SetLanguage("sw")
    after = welcome.hear(outcome.dialogue, wish.LanguageSet())
    assert (after.say, after.go) == ((Prompt(HONEST),), report)
