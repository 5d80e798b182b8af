"""No hidden cell can be worked out: another program tries, by linear programming."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.circulation import TOTAL, Cell, with_margins
from forum.suppression import K_GRAVE, K, published, suppressed, thresholds
from tests.support.reader import Reader

PLAIN = thresholds()
MIXED = thresholds(grave={"c1"}, quiet={"d0"})
GRAVE = thresholds(all_grave=True)

#: Small counts, zeros and large ones beside each other: where hiding is hard.
COUNTS = st.one_of(st.integers(0, 6), st.sampled_from([0, 1, 4, 5, 9, 10, 11, 40, 500]))


@st.composite
def tables(draw):
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    return [[draw(COUNTS) for _ in range(columns)] for _ in range(rows)]


#: Tables that somebody made up to break a program that hides cells.
HOSTILE = {
    "one case": [[1]],
    "one row": [[1, 7, 9]],
    "one column": [[4], [50], [6]],
    "one case and no other": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "a small one among large": [[1, 100, 100], [100, 100, 100], [100, 100, 100]],
    "a small one among zeros": [[1, 0, 0], [0, 100, 0], [0, 0, 100]],
    "the smallest that is shown": [[5, 4, 5], [4, 5, 4], [5, 4, 5]],
    "all ones": [[1] * 6 for _ in range(6)],
    "ones on the diagonal": [[30 if r != c else 1 for c in range(6)] for r in range(6)],
    "two that give each other away": [[4, 4, 60], [60, 60, 60], [60, 60, 60]],
    "a row of small ones": [[1, 2, 1, 3], [80, 90, 70, 60], [50, 40, 30, 20]],
    "a cross of zeros": [[2, 0, 9, 9], [0, 0, 0, 0], [9, 0, 2, 9], [9, 0, 9, 2]],
    "a small row under a large total": [[1, 1, 1], [900, 800, 700]],
    "stairs": [[r + c for c in range(7)] for r in range(7)],
    "nothing at all": [[0, 0], [0, 0]],
}


def made(rows):
    return {Cell(f"d{r}", f"c{c}"): n for r, row in enumerate(rows) for c, n in enumerate(row)}


def shown(rows, k):
    names = [f"d{r}" for r in range(len(rows))]
    return published(made(rows), names, [f"c{c}" for c in range(len(rows[0]))], k)


def weak_cells(table, k, reader, name="one"):
    """Return the hidden cells for which fewer than k values are left to a reader."""
    hidden = [cell for cell, n in table.counts.items() if n is None]
    return [
        (cell, reader.values((name, cell)))
        for cell in hidden
        if reader.width((name, cell)) < k(cell) - 1
    ]


# --- one release ---------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [PLAIN, MIXED, GRAVE], ids=["plain", "mixed", "grave"])
@pytest.mark.parametrize("rows", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_table_gives_nobody_away(rows, k):
    table = shown(rows, k)
    assert weak_cells(table, k, Reader({"one": table.counts})) == []


@settings(max_examples=150)
@given(tables(), st.sampled_from([PLAIN, MIXED, GRAVE]))
def test_no_hidden_cell_can_be_worked_out(rows, k):
    table = shown(rows, k)
    assert weak_cells(table, k, Reader({"one": table.counts})) == []


@given(tables(), st.sampled_from([PLAIN, MIXED, GRAVE]))
def test_every_small_count_is_hidden_and_every_other_is_true_or_hidden(rows, k):
    counts, table = with_margins(made(rows)), shown(rows, k)
    for cell, n in counts.items():
        assert table.counts[cell] == (None if 0 < n < k(cell) else n) or table.counts[cell] is None
        assert n == 0 or n >= k(cell) or table.counts[cell] is None
        assert n > 0 or table.counts[cell] == 0


@given(tables(), st.sampled_from([PLAIN, MIXED, GRAVE]))
def test_a_value_that_could_have_been_shown_is_always_left(rows, k):
    """So nobody can tell that a hidden count is a small one."""
    table = shown(rows, k)
    reader = Reader({"one": table.counts})
    for cell in (cell for cell, n in table.counts.items() if n is None):
        assert reader.values(("one", cell))[1] >= k(cell)


def test_blanks_alone_would_not_do():
    """The reader is no straw man: it works out what is hidden without its neighbours."""
    counts = with_margins(made(HOSTILE["a small one among large"]))
    blanked = {cell: None if 0 < n < K else n for cell, n in counts.items()}
    assert Reader({"one": blanked}).values(("one", Cell("d0", "c0"))) == (1, 1)


def test_a_neighbour_alone_would_not_do():
    """Four blanks in a square are no cover where the square is too small."""
    counts = with_margins(made([[1, 2], [2, 100]]))
    blanked = {cell: n if TOTAL in cell else None for cell, n in counts.items()}
    assert Reader({"one": blanked}).width(("one", Cell("d0", "c0"))) == 1


# --- two releases --------------------------------------------------------------------------------


@settings(max_examples=50)
@given(tables(), tables())
def test_two_releases_about_different_people_tell_no_more_than_each(first, second):
    one, two = shown(first, MIXED), shown(second, MIXED)
    both = Reader({"one": one.counts, "two": two.counts})
    assert weak_cells(one, MIXED, both, "one") == []
    assert weak_cells(two, MIXED, both, "two") == []


def test_a_table_reckoned_again_with_one_case_more_would_give_it_away():
    """Why each case is in one table only: each of these two is safe, and both together are not."""
    before = [[4, 60, 60], [60, 60, 60], [60, 60, 60]]
    after = [[5, 60, 60], [60, 60, 60], [60, 60, 60]]
    first, second = shown(before, PLAIN), shown(after, PLAIN)
    assert first.at("d0", "c0") is None
    assert second.at("d0", "c0") == 5
    total = first.at(TOTAL, TOTAL), second.at(TOTAL, TOTAL)
    assert total == (484, 485)
    # One case came between the two, somewhere: no cell is smaller, and all sums say where.
    more = {(f"d{r}", f"c{c}"): 1 for r in range(3) for c in range(3)}
    told = [
        ({("second", Cell(*at)): 1, ("first", Cell(*at)): -1}, int(at == ("d0", "c0")))
        for at in more
    ]
    reader = Reader({"first": first.counts, "second": second.counts}, told)
    assert reader.values(("first", Cell("d0", "c0"))) == (4, 4)


# --- what is lost --------------------------------------------------------------------------------


def test_a_table_without_small_counts_is_shown_whole():
    table = shown([[5, 6], [7, 0]], PLAIN)
    assert table.hidden == 0
    assert table.at(TOTAL, TOTAL) == 18


def test_one_small_count_costs_three_others():
    table = shown([[4, 60, 70], [60, 60, 70], [70, 70, 70]], PLAIN)
    hidden = {cell for cell, n in table.counts.items() if n is None}
    assert hidden == {Cell(f"d{r}", f"c{c}") for r in range(2) for c in range(2)}


def test_k_is_ten_for_what_is_grave_and_for_quiet_districts():
    assert (K, K_GRAVE) == (5, 10)
    assert PLAIN(Cell("d0", "c1")) == 5
    assert MIXED(Cell("d5", "c1")) == MIXED(Cell(TOTAL, "c1")) == 10
    assert MIXED(Cell("d0", "c5")) == MIXED(Cell("d0", TOTAL)) == 10
    assert MIXED(Cell("d5", "c5")) == MIXED(Cell(TOTAL, TOTAL)) == 5
    assert GRAVE(Cell(TOTAL, TOTAL)) == 10


@given(tables())
def test_the_same_counts_are_always_hidden_alike(rows):
    counts = with_margins(made(rows))
    backwards = dict(reversed(counts.items()))
    assert suppressed(counts, PLAIN) == suppressed(backwards, PLAIN)


def test_most_of_a_country_is_shown():
    """Ten districts, ten categories and 5,000 cases: hiding is no way to show nothing."""
    dice = Random(5)
    rows = [[int(dice.paretovariate(0.9) * 4) for _ in range(10)] for _ in range(10)]
    table = shown(rows, PLAIN)
    assert table.at(TOTAL, TOTAL) == sum(map(sum, rows))
    assert table.hidden < 40


def test_a_cell_that_is_not_there_is_a_zero():
    assert shown([[7]], PLAIN).at("elsewhere", "c0") == 0
