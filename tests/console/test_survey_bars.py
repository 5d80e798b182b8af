import pytest

from console.survey_bars import HIDDEN, PATTERNS, bar_of, letter_of, pattern_of
from outreach.questionnaire import MOST_OPTIONS, SCALE, Kind
from outreach.survey_answers import BANDS
from outreach.survey_results import MOST_SPANS, Group, Line

#: The most answers that a question of each kind is told apart by; one more is «other answers».
COLUMNS = {
    Kind.CLOSED: MOST_OPTIONS,
    Kind.SCALE: len(SCALE),
    Kind.NUMBER: len(BANDS) + 1,
    Kind.DATE: MOST_SPANS,
    Kind.TEXT: 1,
    Kind.VOICE: 1,
}


def group(n, *counts):
    lines = [Line(str(code), count, None) for code, count in enumerate(counts)]
    return Group("woman", n, lines)


def told(n, *counts):
    return [(one.left, one.percent, one.letter, one.pattern) for one in bar_of(group(n, *counts))]


@pytest.mark.parametrize("kind", Kind)
def test_the_answers_to_every_kind_of_question_have_patterns_and_letters_of_their_own(kind):
    places = range(COLUMNS[kind] + 1)
    assert len({PATTERNS[int(pattern_of(n).removeprefix("p"))] for n in places}) == len(places)
    assert len({letter_of(n) for n in places}) == len(places)


def test_no_two_patterns_are_alike():
    assert len(set(PATTERNS)) == len(PATTERNS)


def test_letters_go_on_after_the_last_one():
    assert [letter_of(n) for n in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]


def test_a_bar_has_a_piece_an_answer():
    assert told(40, 30, 0, 10) == [(0.0, 75.0, "A", "p0"), (75.0, 25.0, "C", "p2")]


def test_what_is_hidden_is_one_piece():
    assert told(40, 30, None, None) == [(0.0, 75.0, "A", "p0"), (75.0, 25.0, HIDDEN, "hidden")]


@pytest.mark.parametrize("n", [None, 0])
def test_without_a_size_there_is_no_bar(n):
    assert told(n, None, 0) == []


def test_a_small_piece_has_no_room_for_its_letter():
    large, small = bar_of(group(100, 97, 3))
    assert (large.wide, small.wide) == (True, False)
    assert large.middle == 48.5
