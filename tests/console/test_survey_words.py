import pytest

from console import survey_words as words
from outreach.questionnaire import Kind, Mode, Option, Question, Questionnaire, Why, Words
from outreach.survey_answers import BANDS, GIVEN, MORE
from outreach.survey_cells import REST
from outreach.survey_results import OTHERS
from outreach.surveys import State

BUYER = Option("1", {"en": Words("A buyer"), "fr": Words("Un acheteur")})
ASKED = Questionnaire("en")


def label(code, kind=Kind.CLOSED, language="en"):
    options = (BUYER, Option("2")) if kind in {Kind.CLOSED, Kind.SCALE} else ()
    return words.label_of(ASKED, Question("q", 1, kind, {}, options), code, language)


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("1", Kind.CLOSED, "1 · A buyer"),
        ("2", Kind.SCALE, "2"),
        (REST, Kind.CLOSED, "Other answers, hidden"),
        (GIVEN, Kind.TEXT, "Wrote or told something"),
        ("0", Kind.NUMBER, "0"),
        ("2", Kind.NUMBER, "1-2"),
        ("20", Kind.NUMBER, "11-20"),
        (MORE, Kind.NUMBER, f"More than {BANDS[-1]}"),
        ("2026-05", Kind.DATE, "May 2026"),
        ("2026", Kind.DATE, "2026"),
        ("202", Kind.DATE, "2020-2029"),
        ("20", Kind.DATE, "2000-2099"),
        ("odd", Kind.DATE, "odd"),
    ],
)
def test_an_answer_is_called_by_its_words(code, kind, said):
    assert label(code, kind) == said


def test_an_answer_is_called_in_the_language_of_its_reader():
    assert label("1", language="fr") == "1 · Un acheteur"


@pytest.mark.parametrize(
    ("split", "name", "said"),
    [
        ("gender", "woman", "A woman"),
        ("role", "digger", "Digger"),
        ("role", "other", "Other"),
        ("role", "licence", "Licence holder"),
        ("site_id", "s1", "Kobalo Hill"),
        ("site_id", "gone", "Not known"),
        ("language", "sw", "Kiswahili"),
        ("site_id", OTHERS, "All other sites"),
        ("gender", "", "Not known"),
        ("sampled", "asked", "Asked by us"),
    ],
)
def test_a_part_is_called_by_its_words(split, name, said):
    assert words.group_of(split, name, {"s1": "Kobalo Hill"}, "en") == said


def test_everything_has_words():
    assert set(words.WHY) == set(Why)
    assert set(words.KINDS) == set(Kind)
    assert set(words.MODES) == set(Mode)
    assert set(words.STATES) == set(State)
