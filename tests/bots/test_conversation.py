import pytest

from bots.conversation import (
    HONEST,
    Choice,
    Conversation,
    Dialogue,
    Leaving,
    Opening,
    Outcome,
    Prompt,
    Said,
    Silence,
)

COLOUR = Prompt("Which?", choices=(Choice("1", "red", "Réd"), Choice("0", "back", "Back")))
NAME = Prompt("Who?")


@pytest.fixture
def talk():
    talk = Conversation("talk")

    @talk.step(ask=COLOUR)
    def colour(dialogue, said):
        return talk.goto(dialogue.keep(colour=COLOUR.pick(said) or "?"), name)

    @talk.step(ask=NAME, patience=lambda dialogue: 7 if dialogue.answers else 70)
    def name(dialogue, said):
        return Outcome(None)

    return talk


def said(text, **more):
    return Said(text, **more)


@pytest.mark.parametrize("text", ["1", " 1. ", "1)", "\u0661", "1️⃣", "réd", "RED", "\u200f1"])
def test_a_choice_is_made_by_digit_or_by_name(text):
    assert COLOUR.pick(said(text)) == "red"


def test_a_choice_is_made_by_button():
    assert COLOUR.pick(said("", choice="red")) == "red"


@pytest.mark.parametrize("text", ["", "11", "1 of us is hurt", "red and blue", "1" * 10_000, "¹½"])
def test_other_words_choose_nothing(text):
    assert COLOUR.pick(said(text)) is None


def test_a_button_of_another_question_chooses_nothing():
    assert COLOUR.pick(said("1", choice="blue")) is None


def test_no_choices_no_pick():
    assert NAME.pick(said("")) is None


@pytest.mark.parametrize("text", ["", "  \n ", "👍", "...", "\u200b"])
def test_blanks_and_emoji_say_nothing(text):
    assert said(text).empty
    assert not said(text).tells


def test_a_file_says_something():
    assert said("", attachments=("photo",)).tells
    assert not said("", attachments=("photo",)).empty


@pytest.mark.parametrize("text", ["no", "نعم", "0812345678", "ߒߞߏ"])
def test_words_and_long_numbers_are_worth_keeping(text):
    assert said(text).tells


@pytest.mark.parametrize("text", ["7", "99", "12."])
def test_a_slip_on_a_menu_is_not_worth_keeping(text):
    assert not said(text).empty
    assert not said(text).tells


def test_it_opens_with_the_first_question(talk):
    outcome = talk.begin(said(""))
    assert outcome.dialogue == Dialogue("talk", "colour")
    assert outcome.say == (COLOUR,)


def test_somebody_new_hears_the_honest_sentence_first(talk):
    assert talk.begin(said("", first=True)).say == (Prompt(HONEST), COLOUR)


def test_what_says_nothing_repeats_the_question(talk):
    dialogue = Dialogue("talk", "colour")
    assert talk.hear(dialogue, said("🙏")) == Outcome(dialogue, say=(COLOUR,))


def test_an_answer_leads_to_the_next_question(talk):
    outcome = talk.hear(Dialogue("talk", "colour"), said("1"))
    assert outcome.dialogue == Dialogue("talk", "name", {"colour": "red"})
    assert outcome.say == (NAME,)


def test_an_event_that_nobody_listens_for_changes_nothing(talk):
    dialogue = Dialogue("talk", "name")
    assert not talk.hears(Silence)
    assert talk.hear(dialogue, Silence()) == Outcome(dialogue)


def test_patience_may_depend_on_what_was_said(talk):
    assert talk.patience(Dialogue("talk", "colour")) is None
    assert talk.patience(Dialogue("talk", "name")) == 70
    assert talk.patience(Dialogue("talk", "name", {"colour": "red"})) == 7
    assert talk.patience(Dialogue("talk", "of an older release")) is None


def test_a_question_may_depend_on_what_was_said(talk):
    @talk.step(ask=lambda dialogue: Prompt("Sure?", params=dialogue.answers))
    def sure(dialogue, said):
        return Outcome(None)

    asked = talk.goto(Dialogue("talk", answers={"colour": "red"}), sure)
    assert asked.say == (Prompt("Sure?", params={"colour": "red"}),)
    assert talk.questions()["sure"] == Prompt("Sure?")


def test_a_forum_s_own_words_are_said_as_they_are():
    own = Choice("1", "dust", "Back", "Dust")
    assert (own.text("fr"), own.text("fr", sms=True)) == ("Back", "Dust")
    assert Choice("1", "dust", "Back", "").text("fr", sms=True) == "Back"
    assert Choice("1", "back", "Back").text("fr") == "Retour"
    menu = Prompt("Which?", choices=(own,))
    assert [menu.pick(said(text, language="fr")) for text in ("back", "DUST", "retour")] == [
        "dust",
        "dust",
        None,
    ]


def test_it_says_which_steps_it_has(talk):
    assert talk.knows("colour")
    assert not talk.knows("shape")
    assert talk.questions() == {"colour": COLOUR, "name": NAME}


def test_what_is_held_grows_by_lines():
    dialogue = Dialogue("talk").hold(said("one"), "story").hold(said(" two "), "story")
    assert dialogue.answers == {"story": "one\ntwo"}


def test_files_are_held_with_the_words():
    dialogue = Dialogue("talk").hold(said("", attachments=("photo",)), "story")
    assert dialogue.attachments == ("photo",)
    assert dialogue.answers == {"story": ""}


def test_what_was_filed_can_be_forgotten():
    assert Dialogue("talk", answers={"a": "1", "b": "2"}).forget("a").answers == {"b": "2"}


def test_an_opening_takes_the_words_over(talk):
    talk.opening(lambda dialogue, words: Outcome(dialogue.keep(text=words.text)))
    assert talk.begin(said("KB12")).dialogue.answers == {"text": "KB12"}


def test_leaving_says_where_to():
    assert Leaving(Opening("menu", said(""))).opening.conversation == "menu"


def test_a_prompt_is_filled_without_losing_what_it_had():
    assert NAME.filled(a="1").filled(b="2").params == {"a": "1", "b": "2"}


def test_a_forums_own_words_are_said_as_they_stand_the_short_ones_in_an_sms():
    own = Prompt("Long {braces}", short="Short {braces}")
    assert own.text("sw") == "Long {braces}"
    assert own.text("sw", sms=True) == "Short {braces}"
    assert Prompt("Only {this}", short="").text("en", sms=True) == "Only {this}"
