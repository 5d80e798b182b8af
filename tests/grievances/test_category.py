from dataclasses import replace

import pytest

from grievances.category import Category, Label, Name, own_words
from grievances.severity import Severity
from grievances.taxonomy import CATEGORIES

S1, S2, S3, S4 = Severity


@pytest.mark.parametrize(
    ("own", "language", "known", "said"),
    [
        ({"fr": "Poussière"}, "fr", True, "Poussière"),
        ({"en": "Dust"}, "fr", True, None),  # the catalogue speaks French
        ({"en": "Dust"}, "fr", False, "Dust"),
        ({"sw": "Vumbi"}, "fr", False, "Vumbi"),
        ({"en": ""}, "en", False, None),
        ({}, "xx", False, None),
    ],
)
def test_a_forum_s_own_words_stand_where_nothing_nearer_does(own, language, known, said):
    assert own_words(own, language, known=known) == said


def test_staff_read_the_forum_s_words_and_else_the_catalogue_s():
    named = replace(CATEGORIES["PAY"], names={"en": Name(choice="Salaries")})
    assert named.label == Label("Wages and working conditions")
    added = Category("DUST", 15, 5, Severity.S3, "", (), names={"en": Name(choice="Dust")})
    assert added.label.in_language("fr") == "Dust"


def test_who_makes_a_floor_milder_judges_by_the_one_before():
    lowered = CATEGORIES["CHILD"].given_floor(S4, "a")
    assert (lowered.floor_for("a"), lowered.floor_for("b")) == (S2, S4)
    again = lowered.given_floor(S3, "a").given_floor(S4, "a")
    assert again.floor_for("a") is S2


def test_who_raises_it_again_ends_that():
    back = CATEGORIES["CHILD"].given_floor(S4, "a").given_floor(S2, "b")
    assert (back.floor_for("a"), back.lowered_by) == (S2, None)
    graver = CATEGORIES["CHILD"].given_floor(S1, "a")
    assert (graver.floor_for("a"), graver.lowered_by) == (S1, None)
