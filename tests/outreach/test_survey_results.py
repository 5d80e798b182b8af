from dataclasses import replace

import pytest

from outreach import survey_results, survey_tallies, surveys
from outreach.questionnaire import Kind, Mode, Option, Questionnaire, Words
from outreach.survey_results import (
    MOST_SITES,
    MOST_SPANS,
    OTHERS,
    Tally,
    codes,
    compared,
    reckoned,
)
from outreach.survey_tallies import Answered, Profile


def tally(question, counts, parts=None, total=0.0):
    whole = {code: Answered(n, total) for code, n in counts.items()}
    return Tally({question.id: whole}, {question.id: parts or {}})


def one(question, counts, parts=None, *, split=False, total=0.0):
    asked = Questionnaire("en", questions=(question,))
    (result,) = reckoned(asked, tally(question, counts, parts, total), split=split)
    return result


def lines(result):
    return [(line.code, line.n, line.share) for line in result.lines]


def test_a_question_is_counted_in_whole(closed):
    result = one(closed("a", 1), {"1": 30, "2": 10, "skip": 5})
    assert (result.n, result.skipped) == (40, 5)
    assert lines(result) == [("1", 30, 0.75), ("2", 10, 0.25)]


def test_what_was_taken_back_and_what_nobody_said_are_zeros(closed):
    assert lines(one(closed("a", 1), {"1": 30, "2": 0})) == [("1", 30, 1.0), ("2", 0, 0.0)]
    assert lines(one(closed("a", 1), {})) == [("1", 0, None), ("2", 0, None)]


def test_small_counts_are_hidden_with_what_would_tell_them(closed):
    result = one(closed("a", 1, n=3), {"1": 30, "2": 3, "3": 10})
    hidden = [line.code for line in result.lines if line.n is None]
    assert "2" in hidden
    assert len(hidden) == 2 or result.n is None


@pytest.mark.parametrize(("n", "mean"), [(20, 4.0), (9, None)])
def test_a_mean_is_told_of_ten_at_least(closed, n, mean):
    question = closed("a", 1, kind=Kind.NUMBER)
    assert one(question, {"5": n}, total=4.0 * n).mean == mean
    assert one(closed("a", 1), {"1": n}, total=4.0 * n).mean is None


def test_a_mean_is_told_to_one_digit_and_one_absurd_number_does_not_move_the_median(closed):
    question = closed("a", 1, kind=Kind.NUMBER)
    asked = Questionnaire("en", questions=(question,))
    whole = {"5": Answered(21, 84.0), "more": Answered(9, 1e9)}
    (result,) = reckoned(asked, Tally({question.id: whole}, {}), split=False)
    assert (result.mean, result.median) == (33333336.1, "5")


@pytest.mark.parametrize(
    ("counts", "band"),
    [({"0": 10, "2": 10}, "0"), ({"0": 9, "2": 10}, "2"), ({"0": 3, "2": 30}, None), ({}, None)],
)
def test_a_median_is_told_where_no_band_is_hidden(closed, counts, band):
    assert one(closed("a", 1, kind=Kind.NUMBER), counts).median == band


def test_parts_are_told_apart(closed):
    parts = {("woman", "1"): 20, ("man", "1"): 10, ("man", "2"): 10, ("", "skip"): 6}
    result = one(closed("a", 1), {"1": 30, "2": 10, "skip": 6}, parts, split=True)
    groups = {group.name: (group.n, [line.n for line in group.lines]) for group in result.groups}
    assert groups == {"": (0, [0, 0]), "man": (20, [10, 10]), "woman": (20, [20, 0])}
    assert result.columns == ["1", "2"]
    assert all(group.whole for group in result.groups)


def test_too_few_are_not_told_apart(closed):
    result = one(closed("a", 1), {"1": 3}, {("woman", "1"): 3}, split=True)
    assert result.groups is None
    assert result.columns == []


def test_nobody_asked_for_parts(closed):
    assert one(closed("a", 1), {"1": 30}).groups == ()
    assert one(closed("a", 1), {}, split=True).groups == []


def test_every_kind_has_its_answers_in_order(closed):
    def of(kind, counts=()):
        return codes(closed("a", 1, kind=kind), dict.fromkeys(counts, 9))

    assert of(Kind.CLOSED) == ["1", "2", "skip"]
    assert of(Kind.NUMBER)[:3] == ["0", "2", "5"]
    assert of(Kind.DATE, ["2026-05", "skip", "2026-01"]) == ["2026-01", "2026-05", "skip"]
    assert of(Kind.TEXT) == ["given", "skip"]


def days(*codes_, n=9):
    return dict.fromkeys(codes_, n)


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        (["2026-01", "2026-05"], ["2026-01", "2026-05"]),
        ([f"20{n:02}-05" for n in range(MOST_SPANS)], None),
        ([f"20{n:02}-{m:02}" for n in (1, 2, 3) for m in range(1, 13)], ["2001", "2002", "2003"]),
        ([f"{n}-05" for n in range(1980, 2010)], ["198", "199", "200"]),
        ([f"{n}-05" for n in range(5, 1000, 10)], [f"0{n}" for n in range(10)]),
        ([f"{n}-05" for n in range(5, 9999, 50)], list("0123456789")),
    ],
)
def test_days_are_told_by_the_year_or_more_where_there_are_many_months(closed, answered, told):
    question = closed("a", 1, kind=Kind.DATE)
    result = one(question, days(*answered, "skip"))
    assert [line.code for line in result.lines] == (told or answered)
    assert result.n == 9 * len(answered)


def test_days_are_told_by_the_same_in_parts(closed):
    question = closed("a", 1, kind=Kind.DATE)
    many = days(*[f"20{n:02}-05" for n in range(30)], n=20)
    result = one(question, many, {("woman", code): n for code, n in many.items()}, split=True)
    assert [line.code for line in result.lines] == ["200", "201", "202"]
    assert [line.code for line in result.groups[0].lines] == ["200", "201", "202"]


def test_another_round_does_not_change_by_what_days_are_told(closed):
    """Or its years here and its months there would tell what the months hide."""
    question = closed("a", 1, kind=Kind.DATE)
    asked = Questionnaire("en", questions=(question,))
    few = days("2024-03", n=3) | days("2024-04", "2024-05", n=100)
    many = days(*[f"20{n:02}-05" for n in range(30)])
    rounds = [reckoned(asked, tally(question, each), split=False) for each in (few, many)]
    assert [line.code for line in rounds[0][0].lines] == ["2024-03", "2024-04", "2024-05"]
    assert compared(rounds) == []
    assert [each.ns for each in compared([rounds[0], rounds[0]])] == [[rounds[0][0].n] * 2]


async def test_the_sites_with_the_fewest_answers_stand_together(database, now):
    about = {"by": "system", "now": now}
    async with database.transaction() as db:
        made = await surveys.create(db, mode=Mode.SURVEY, name="Pits", language="en", **about)
        for n in range(30):
            there = Profile(f"{n:032x}" if n else "", "", "", "en")
            await survey_tallies.count(db, made, "q", "1", there, by=100 - n)
        found = await survey_results.tally(db, made, "site_id")
    names = [name for name, _ in found.parts["q"]]
    assert len(names) == MOST_SITES + 2
    assert found.parts["q"][OTHERS, "1"] == sum(100 - n for n in range(MOST_SITES + 1, 30))
    assert found.parts["q"]["", "1"] == 100


def test_rounds_are_laid_beside_each_other_by_where_a_question_comes_from(closed):
    first = closed("a", 1)
    second = replace(first, id="z" * 32)
    new = closed("n", 2)
    before = [one(first, {"1": 10, "2": 30})]
    after = [one(second, {"1": 30, "2": 10}), one(new, {"1": 9})]
    (found,) = compared([before, after])
    assert found.ns == [40, 40]
    assert found.rows == [("1", [0.25, 0.75]), ("2", [0.75, 0.25])]


def test_an_answer_that_moved_is_compared_with_itself_and_a_removed_one_keeps_its_label(closed):
    first = closed("a", 1, n=3)
    gone, kept, also = first.options
    moved = (
        Option("1", {"en": Words("New")}, origin="n" * 32),
        replace(kept, code="2", origin="2"),
        replace(also, code="3", origin="3"),
    )
    second = replace(first, id="z" * 32, options=moved)
    before, after = one(first, {"1": 10, "2": 20, "3": 10}), one(second, {"1": 10, "2": 30})
    (found,) = compared([[before], [after]])
    assert found.rows == [
        ("1", [None, 0.25]),
        ("2", [0.5, 0.75]),
        ("3", [0.25, 0]),
        ("gone-1", [0.25, None]),
    ]
    assert found.question.option("gone-1").texts == gone.texts


def test_a_question_that_is_asked_otherwise_is_not_compared(closed):
    first = closed("a", 1)
    other = replace(first, kind=Kind.NUMBER, options=())
    assert compared([[one(first, {"1": 10})], [one(other, {"5": 9})]]) == []
    assert compared([]) == []
