import pytest

from bots.conversation import (
    BACK,
    Asked,
    Attachment,
    Branch,
    Choice,
    Dialogue,
    Leaving,
    Opening,
    OwnWords,
    Said,
    Silence,
)
from bots.effects import (
    AnswerSurvey,
    BeginSurvey,
    SurveyAsks,
    SurveyOver,
    SurveyUnknown,
)
from bots.router import Continue, route
from bots.survey import (
    AGAIN,
    BEFORE,
    DONE,
    FREE,
    LATE,
    LEFT,
    NOT_RIGHT,
    PRICE,
    RIGHT,
    UNKNOWN,
    WHICH,
    WRONG,
    question_of,
    survey,
)

VOICE = Attachment("ref", "voice", "audio/ogg")
CHOICES = (Choice("1", "q1-1", "Much", ""), Choice("0", "q1-skip", "Skip"))


def asks(kind="closed", **more):
    return SurveyAsks("s1", "11", Asked("q1", kind, OwnWords("How much?"), CHOICES), **more)


def at(kind="closed", **answers):
    kept = {"survey": "s1", "code": "11", "question": "q1", "kind": kind, "full": "How much?"}
    offered = tuple(Branch(choice) for choice in CHOICES)
    return Dialogue("survey", "question", {**kept, "short": "", **answers}, offered=offered)


def hear(dialogue, text, **more):
    return survey.hear(dialogue, Said(text, **more))


def wish(picked=None, **more):
    return AnswerSurvey("s1", "q1", picked, **more)


@pytest.mark.parametrize("text", ["11", " 11 ", "\u0661\u0661"])
def test_a_number_that_came_with_the_keyword_begins_it(text):
    assert survey.begin(Said(text)).do == BeginSurvey("11")


def test_without_a_number_it_is_asked_for():
    which = survey.begin(Said(""))
    assert which.say == (WHICH,)
    assert hear(which.dialogue, "11").do == BeginSurvey("11")
    assert hear(which.dialogue, "?").say == (WHICH,)
    assert hear(which.dialogue, BACK.digit).go == Opening("menu", Said(""))
    assert hear(which.dialogue, "They stole it").go == Opening("kept", Said("They stole it"))


def test_a_number_that_nobody_knows_is_told():
    assert survey.hear(Dialogue("survey"), SurveyUnknown()).say == (UNKNOWN,)


@pytest.mark.parametrize(("costs", "line"), [("price", [PRICE]), ("free", [FREE]), ("", [])])
def test_it_says_first_what_it_is_and_what_it_costs(costs, line):
    event = asks(begins=True, costs=costs, opening=OwnWords("Hello", "Hi"))
    said = survey.hear(Dialogue("survey"), event).say
    assert said[0].text("en", sms=True) == "Hi"
    assert list(said[1:-1]) == line
    assert said[-1].choices == CHOICES


def test_who_goes_on_is_only_asked():
    assert len(survey.hear(Dialogue("survey"), asks(costs="price")).say) == 1


@pytest.mark.parametrize(("text", "picked"), [("1", "q1-1"), ("much", "q1-1"), ("0", "q1-skip")])
def test_a_digit_or_its_words_are_the_answer(text, picked):
    assert hear(at(), text).do == wish(picked, last=True)


@pytest.mark.parametrize("kind", AGAIN)
def test_what_cannot_be_read_is_asked_once_more_and_then_kept(kind):
    first = hear(at(kind), "my cousin")
    assert first.do == wish(words="my cousin", last=False)
    again = survey.hear(first.dialogue, asks(kind, understood=False))
    assert again.say == (AGAIN[kind], question_of(again.dialogue))
    second = hear(again.dialogue, "mostly")
    assert second.do == wish(words="mostly", before="my cousin", last=True)


def test_a_digit_at_last_takes_the_words_along():
    again = survey.hear(hear(at(), "my cousin").dialogue, asks(understood=False))
    assert hear(again.dialogue, "1").do == wish("q1-1", before="my cousin", last=True)


@pytest.mark.parametrize("kind", ["text", "voice"])
def test_words_and_voice_notes_are_kept_where_they_are_asked_for(kind):
    assert hear(at(kind), "Water").do == wish(words="Water", last=True)
    told = hear(at(kind), "", attachments=(VOICE,))
    assert told.do == wish(attachments=(VOICE,), last=True)


def test_a_button_of_an_earlier_question_changes_its_answer():
    pressed = hear(at(), "", choice="q0-2")
    assert pressed.do == wish("q0-2", last=True)


def test_the_next_question_forgets_the_last():
    dialogue = at(words="x", before="y")
    after = survey.hear(dialogue, asks("text")).dialogue
    assert after.answers.keys().isdisjoint({"words", "before"})
    assert after.attachments == ()


@pytest.mark.parametrize("text", ["9", "0", "90"])
def test_at_a_number_every_number_is_an_answer(text):
    assert route(Said(text), at("number")) == Continue(at("number"), Said(text))
    numbered = Dialogue("survey", "question", at("number").answers)
    assert route(Said(text), numbered) == Continue(numbered, Said(text))


def test_elsewhere_a_nine_calls_back():
    assert isinstance(route(Said("9"), at()), Continue)
    assert route(Said("9"), at()).event == Leaving(Opening("call_back", Said("")))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (SurveyOver(), (DONE,)),
        (SurveyOver(before=True), (BEFORE,)),
        (SurveyOver(late=True), (LATE,)),
        (SurveyOver(right=True), (RIGHT, DONE)),
    ],
)
def test_the_end_is_told(event, said):
    over = survey.hear(at(), event)
    assert (over.say, over.dialogue) == (said, None)


def test_the_forums_own_words_end_it():
    over = survey.hear(at(), SurveyOver(OwnWords("Go well.")))
    assert over.say[0].text("sw") == "Go well."


@pytest.mark.parametrize("event", [asks, SurveyOver])
def test_a_wrong_answer_is_explained(event):
    said = survey.hear(at(), event(right=False, told=OwnWords("Nobody may."))).say
    assert said[0] == WRONG
    assert said[1].text("en") == "Nobody may."


@pytest.mark.parametrize("event", [asks, SurveyOver])
def test_a_wrong_answer_is_called_so_where_nothing_explains_it(event):
    assert survey.hear(at(), event(right=False)).say[0] == NOT_RIGHT


def test_words_that_came_too_late_are_kept():
    over = survey.hear(at(words="The pit is flooding"), SurveyOver(late=True))
    assert over.go == Opening("kept", Said("The pit is flooding"))


REPORT = Opening("report", Said("they stole it"))


def test_who_leaves_hears_how_to_come_back():
    left = survey.hear(at(), Leaving(REPORT))
    assert (left.say, left.go) == ((LEFT.filled(number="11"),), REPORT)


def test_who_leaves_loses_no_words():
    left = survey.hear(at(before="my cousin"), Leaving(REPORT))
    assert left.do == wish(before="my cousin", leaves=True)
    after = survey.hear(left.dialogue, asks())
    assert (after.say, after.go) == ((LEFT.filled(number="11"),), REPORT)


def test_after_a_day_of_silence_nothing_waits_and_no_words_are_lost():
    assert survey.patience(at()) == 24 * 60 * 60
    assert (survey.hear(at(), Silence()).dialogue, survey.hear(at(), Silence()).say) == (None, ())
    held = survey.hear(at(before="my cousin"), Silence())
    assert held.do == wish(before="my cousin", leaves=True)
    after = survey.hear(held.dialogue, asks())
    assert (after.dialogue, after.say) == (None, ())


def test_who_begins_again_or_had_not_begun_is_told_nothing():
    again = Opening("survey", Said("11"))
    assert survey.hear(at(), Leaving(again)).say == ()
    assert survey.hear(Dialogue("survey", "which"), Leaving(REPORT)).go == REPORT
