from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.circulation import TOTAL, Cell, Ways, with_margins

#: One row a district, one column a category.
SMALL = st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=3)


def table(*rows):
    inner = {Cell(f"d{r}", f"c{c}"): n for r, row in enumerate(rows) for c, n in enumerate(row)}
    return with_margins(inner)


def readings(counts, hidden):
    """Every table that agrees with what is shown, tried one after the other."""
    inner = [cell for cell in counts if TOTAL not in cell]
    unknown = [cell for cell in inner if cell in hidden]
    possible = [range(1, counts[Cell(cell.row, TOTAL)] + 1) for cell in unknown]
    for guess in product(*possible):
        read = {**{cell: counts[cell] for cell in inner}, **dict(zip(unknown, guess, strict=True))}
        whole = with_margins(read)
        if all(whole[cell] == n for cell, n in counts.items() if cell not in hidden):
            yield whole


def test_margins_are_sums():
    counts = table((1, 2), (3, 4))
    assert counts[Cell("d0", TOTAL)] == 3
    assert counts[Cell(TOTAL, "c1")] == 6
    assert counts[Cell(TOTAL, TOTAL)] == 10


def test_of_nothing_the_total_is_nothing():
    assert with_margins({}) == {Cell(TOTAL, TOTAL): 0}


def test_a_cell_hidden_alone_cannot_move():
    counts, cell = table((3, 7), (8, 9)), Cell("d0", "c0")
    assert Ways(counts, {cell}).shift(cell, up=True, most=9) == (0, {})


def test_four_corners_move_against_each_other():
    counts = table((3, 7), (8, 9))
    corners = {cell for cell in counts if TOTAL not in cell}
    cell = Cell("d0", "c0")
    up = Ways(counts, corners).shift(cell, up=True, most=99)
    down = Ways(counts, corners).shift(cell, up=False, most=99)
    beside, across = (Cell("d0", "c1"), Cell("d1", "c0")), Cell("d1", "c1")
    assert up == (6, {**dict.fromkeys(beside, -6), across: 6})  # until the 7 beside it is 1
    assert down == (2, {**dict.fromkeys(beside, 2), across: -2})  # until it is 1 itself


def test_with_its_totals_a_cell_can_grow_without_end():
    counts, cell = table((3, 7), (8, 9)), Cell("d0", "c0")
    line = {Cell("d0", TOTAL), Cell(TOTAL, "c0"), Cell(TOTAL, TOTAL)}
    moved = dict.fromkeys(line, 10**6)
    assert Ways(counts, line).shift(cell, up=True, most=10**6) == (10**6, moved)


def test_a_zero_does_not_move():
    counts = table((3, 0), (8, 9))
    corners = {cell for cell in counts if TOTAL not in cell}
    assert Ways(counts, corners).shift(Cell("d0", "c0"), up=True, most=9)[0] == 0


def test_the_cheapest_way_is_taken_first():
    counts = table((3, 7, 50), (8, 9, 60))
    _, moved = Ways(counts).shift(Cell("d0", "c0"), up=True, most=4, cost=counts.__getitem__)
    assert set(moved) == {Cell("d0", "c1"), Cell("d1", "c0"), Cell("d1", "c1")}


@given(SMALL, st.integers(0, 9), st.booleans())
def test_what_is_free_moves_as_what_costs_nothing(rows, chosen, up):
    """The short way of looking finds what the long one finds, cell by cell."""
    counts = table(*rows)
    free = {cell for cell, n in counts.items() if n % 3}
    for cell in [cell for cell, n in counts.items() if n][chosen::3]:
        short = Ways(counts, free).shift(cell, up=up, most=9)
        long = Ways(counts).shift(cell, up=up, most=9, cost=dict.fromkeys(free, 0).get)
        assert short == long


def test_what_becomes_free_moves_from_then_on():
    counts, cell = table((3, 7), (8, 9)), Cell("d0", "c0")
    ways = Ways(counts, {cell})
    ways.set_free({cell for cell in counts if TOTAL not in cell})
    assert ways.shift(cell, up=True, most=9)[0] == 6


@given(SMALL, st.data())
def test_what_moves_leaves_every_sum_right(rows, data):
    """The largest and smallest value are those of the tables that a reader could think of."""
    counts = table(*rows)
    inner = [cell for cell, n in counts.items() if n and TOTAL not in cell]
    hidden = data.draw(st.sets(st.sampled_from(inner), max_size=4)) if inner else set()
    for cell in hidden:
        values = {read[cell] for read in readings(counts, hidden)}
        ways = Ways(counts, hidden)
        up, _ = ways.shift(cell, up=True, most=99)
        down, _ = ways.shift(cell, up=False, most=99)
        assert (counts[cell] - down, counts[cell] + up) == (min(values), max(values))


@pytest.mark.parametrize("up", [True, False])
def test_margins_move_too(up):
    counts = table((5, 7), (8, 9))
    hidden = {Cell("d0", TOTAL), Cell("d1", TOTAL), Cell("d0", "c0"), Cell("d1", "c0")}
    done, moved = Ways(counts, hidden).shift(Cell("d0", TOTAL), up=up, most=99)
    assert done == (7 if up else 4)
    assert set(moved) == hidden - {Cell("d0", TOTAL)}
    assert Counter(cell.row for cell in moved) == {"d0": 1, "d1": 2}
