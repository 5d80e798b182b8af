from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.questionnaire import (
    END,
    SKIPPED,
    Flaw,
    Kind,
    Mode,
    Option,
    Question,
    Questionnaire,
    Why,
    Words,
    blocked,
    flaws,
)


def options(*labels, **ways):
    return tuple(
        Option(str(n), {"en": Words(label)}, ways.get(f"to{n}"))
        for n, label in enumerate(labels, start=1)
    )


def question(position, kind=Kind.CLOSED, *, offered=("Much", "Little"), **more):
    offered = options(*offered, **more.pop("ways", {})) if kind is Kind.CLOSED else ()
    texts = {"en": Words(f"Question {position}?")}
    return Question(f"q{position}", position, kind, **{"texts": texts, "options": offered, **more})


def asking(*questions, **more):
    return Questionnaire("en", questions=questions, **more)


THREE = asking(question(1, ways={"to2": "q3"}), question(2, Kind.NUMBER), question(3))


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ({}, "q1"),
        ({"q1": "1"}, "q2"),
        ({"q1": "2"}, "q3"),
        ({"q1": SKIPPED}, "q2"),
        ({"q1": "1", "q2": "6-10"}, "q3"),
        ({"q1": "2", "q3": "1"}, None),
        ({"q2": "0"}, "q1"),
    ],
)
def test_an_answer_leads_on(answers, waits):
    found = THREE.open_to(answers)
    assert (found.id if found else None) == waits


def test_an_answer_may_end_it():
    asked = asking(question(1, ways={"to1": END}), question(2))
    assert asked.open_to({"q1": "1"}) is None
    assert asked.open_to({"q1": "2"}).id == "q2"


@given(st.dictionaries(st.sampled_from(["q1", "q2", "q3"]), st.sampled_from(["1", "2", "x"])))
def test_whoever_answers_what_they_are_asked_comes_to_an_end(answers):
    answers = dict(answers)
    for _ in range(4):
        waits = THREE.open_to(answers)
        if waits is None:
            return
        answers[waits.id] = "1"
    raise AssertionError("asked in circles")


def whys(asked, languages=()):
    return [(flaw.position, flaw.why) for flaw in flaws(asked, languages)]


RIGHT = Option("1", {"en": Words("Much")}, right=True)
QUIZ = replace(
    question(1), options=(RIGHT, *options("", "Little")[1:]), why={"en": Words("Because.")}
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (THREE, []),
        (asking(), [(0, Why.NO_QUESTION)]),
        (asking(question(1, texts={})), [(1, Why.NO_TEXT)]),
        (asking(question(1, offered=("Much",))), [(1, Why.FEW_OPTIONS)]),
        (asking(question(1, offered=tuple("abcdefg"))), [(1, Why.MANY_OPTIONS)]),
        (asking(question(1, offered=("Much", ""))), [(1, Why.NO_LABEL)]),
        (asking(question(1, offered=("Much", "much"))), [(1, Why.ALIKE)]),
        (asking(question(1), question(2, ways={"to1": "q1"})), [(2, Why.BACKWARDS)]),
        (asking(question(1, ways={"to1": "q1"})), [(1, Why.BACKWARDS)]),
        (asking(question(1, ways={"to1": "gone"})), [(1, Why.BACKWARDS)]),
        (asking(QUIZ, mode=Mode.QUIZ), []),
        (asking(replace(QUIZ, why={}, part="2"), mode=Mode.QUIZ, told=True), []),
        (asking(replace(QUIZ, part="2"), mode=Mode.QUIZ), [(1, Why.NO_PART)]),
        (asking(replace(QUIZ, part="6"), mode=Mode.QUIZ, told=True), [(1, Why.NO_PART)]),
        (asking(QUIZ, mode=Mode.QUIZ, told=False), [(0, Why.UNTOLD)]),
        (asking(replace(QUIZ, why={}), mode=Mode.QUIZ), [(1, Why.NO_WHY)]),
        (asking(question(1, why=QUIZ.why), mode=Mode.QUIZ), [(1, Why.NOT_ONE_RIGHT)]),
        (asking(question(1, Kind.TEXT, why=QUIZ.why), mode=Mode.QUIZ), [(1, Why.NOT_CLOSED)]),
    ],
)
def test_what_is_amiss_is_said_by_question(asked, found):
    assert whys(asked) == found
    assert blocked(asked) is bool(found)


def test_nine_questions_are_advised_against_and_not_forbidden():
    nine = asking(*(question(n) for n in range(1, 10)))
    assert whys(nine) == [(0, Why.MANY_QUESTIONS)]
    assert not blocked(nine)


def test_a_language_that_lacks_a_text_is_told():
    half = replace(question(1), texts={"en": Words("How?"), "sw": Words("Vipi?")})
    assert flaws(asking(half), ["en", "sw"]) == [Flaw(1, Why.UNTRANSLATED, "sw")]
    assert not blocked(asking(half))


def test_a_text_that_is_missing_is_said_in_the_first_language():
    asked = asking()
    texts = {"en": Words("How?"), "sw": Words("", "Vp?")}
    assert asked.said(texts, "sw") == Words("How?")
    assert asked.said({**texts, "sw": Words("Vipi?")}, "sw") == Words("Vipi?")


# --- in which language --------------------------------------------------------------------------

BOTH = {"en": Words("How?"), "sw": Words("Vipi?")}
WHOLE = Question(
    "q1",
    1,
    Kind.CLOSED,
    BOTH,
    (Option("1", {"en": Words("Well"), "sw": Words("Vizuri")}), Option("2", BOTH)),
)
HALF = replace(WHOLE, id="q2", options=(WHOLE.options[0], Option("2", {"en": Words("Badly")})))
NO_WHY = replace(WHOLE, id="q3", why={"en": Words("Because.")})
STEPS = replace(WHOLE, kind=Kind.SCALE, options=tuple(map(Option, "12345")))


@pytest.mark.parametrize(
    ("question", "tongue"), [(WHOLE, "sw"), (STEPS, "sw"), (HALF, "en"), (NO_WHY, "en")]
)
def test_a_question_is_put_in_one_language(question, tongue):
    assert asking(question).tongue(question, "sw") == tongue
    assert asking(question).tongue(question, "en") == "en"
    assert asking(question).tongue(question, "fr") == "en"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        (asking(WHOLE), {"en", "sw"}),
        (asking(WHOLE, HALF), {"en"}),
        (asking(WHOLE, opening={"en": Words("Hello")}), {"en"}),
        (asking(WHOLE, closing={"en": Words("Bye"), "sw": Words("Kwaheri")}), {"en", "sw"}),
        (asking(), {"en"}),
    ],
)
def test_it_speaks_a_language_that_has_all_of_it(asked, spoken):
    assert asked.spoken() == spoken


def test_what_stands_around_the_questions_is_told_to_lack_a_language():
    asked = asking(WHOLE, opening={"en": Words("Hello")})
    assert flaws(asked, ["en", "sw"]) == [Flaw(0, Why.UNFRAMED, "sw")]
    assert not blocked(asked)
