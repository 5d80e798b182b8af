"""No hidden count of a question can be worked out, from all of its tables together."""

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.circulation import TOTAL, Cell
from outreach.survey_cells import REST, WHOLE, count_of, part, shown_columns, total_of, whole
from tests.support.reader import Reader

K = 5
COLUMNS = ("1", "2", "3", "skip")

PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(COLUMNS),
        st.sampled_from(["woman", "man", ""]),
        st.sampled_from(["pit", "river"]),
        st.integers(1, 9),
    ),
    max_size=14,
)


def counted(people, place):
    """Return the counts of *people*; *place*: by what they are told apart, None for the whole."""
    counts = {}
    for person in people:
        key = person[0] if place is None else Cell(person[place], person[0])
        counts[key] = counts.get(key, 0) + person[3]
    return counts


def tables(people):
    """Return the whole and both parts, those that are shown."""
    of = whole(counted(people, None), COLUMNS)
    parts = {
        "gender": part(counted(people, 1), ("", "man", "woman"), of),
        "site": part(counted(people, 2), ("pit", "river"), of),
    }
    return of, {name: table for name, table in parts.items() if table is not None}


def reader_of(of, parts):
    """Return somebody who knows all tables, and that they are about the same answers."""
    shown = {"whole": of.counts, **{name: table.counts for name, table in parts.items()}}
    hidden = [column for column in COLUMNS if column not in shown_columns(of)]
    told = []
    for name in parts:
        told += [
            ({(name, Cell(TOTAL, column)): 1, ("whole", Cell(TOTAL, column)): -1}, 0)
            for column in shown_columns(of)
        ]
        if hidden:
            rest = {("whole", Cell(TOTAL, column)): -1 for column in hidden}
            told.append(({(name, Cell(TOTAL, REST)): 1, **rest}, 0))
    return Reader(shown, told)


@settings(max_examples=60)
@given(PEOPLE)
def test_no_hidden_count_can_be_worked_out_from_all_tables_together(people):
    of, parts = tables(people)
    reader = reader_of(of, parts)
    weak = [
        (name, cell)
        for name, table in {"whole": of, **parts}.items()
        for cell, n in table.counts.items()
        if n is None and reader.width((name, cell)) < K - 1
    ]
    assert weak == []


@given(PEOPLE)
def test_what_is_shown_is_true_and_never_small(people):
    of, parts = tables(people)
    counts = counted(people, None)
    for column in COLUMNS:
        assert count_of(of, column) in (None, counts.get(column, 0))
    for place, name in ((1, "gender"), (2, "site")):
        table = parts.get(name)
        for (row, column), n in (counted(people, place) if table else {}).items():
            assert n > 0
            if column in table.columns:
                assert table.at(row, column) in ((None,) if n < K else (None, n))


@pytest.mark.parametrize(("most", "least"), [(2, 300), (30, 50)])
def test_twenty_sites_by_two_years_of_small_counts_are_hidden_soon(most, least):
    dice = Random(1)
    sites, months = [f"s{n:02}" for n in range(22)], [f"m{n:02}" for n in range(26)]
    inner = {Cell(site, month): dice.randint(0, most) for site in sites for month in months}
    counts = {month: sum(inner[Cell(site, month)] for site in sites) for month in months}
    of = whole(counts, months)
    began = time.process_time()
    table = part(inner, sites, of)
    assert table.hidden > least
    assert time.process_time() - began < 0.5  # a tenth of that, on a machine with nothing to do


def test_large_counts_are_shown_whole():
    people = [(c, g, s, 20) for c in COLUMNS for g in ("woman", "man") for s in ("pit", "river")]
    of, parts = tables(people)
    assert total_of(of) == 320
    assert parts["gender"].at("woman", "1") == 40
    assert [table.hidden for table in (of, *parts.values())] == [0, 0, 0]


def test_what_the_whole_hides_stands_in_its_parts_as_one():
    people = [("1", "woman", "pit", 30), ("1", "man", "pit", 30), ("2", "woman", "pit", 2)]
    people += [("3", "man", "pit", 3), ("skip", "woman", "pit", 7)]
    of, parts = tables(people)
    assert count_of(of, "2") is None
    assert "2" not in parts["gender"].columns
    assert REST in parts["gender"].columns


@pytest.mark.parametrize("n", [1, 4])
def test_of_very_few_answers_nothing_is_told(n):
    of = whole({"1": n}, COLUMNS)
    assert total_of(of) is None
    assert part({Cell("woman", "1"): n}, ("woman",), of) is None


def test_a_question_that_nobody_answered_is_told():
    of = whole({}, COLUMNS)
    assert total_of(of) == 0
    assert of.at(WHOLE, "1") == 0
