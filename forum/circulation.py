"""A table with its margins as a flow that goes round, and what a reader of it can work out.

Every cell of a two-way table, margins too, stands in two sums: its row's and its column's. Give
the sums signs, and a cell becomes an arrow from one sum to the other: from row to column inside
the table, back by the totals. The counts then go round like water, and to change a hidden cell by
one without any sum being wrong is to send one more round a circle of hidden cells. So the largest
and the smallest value that a cell could have is a flow, and exact (Cox 1995; Castro 2012).

A reader is taken to know that no hidden cell is 0, because zeros are always shown.
"""

from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import Final, NamedTuple, TypeAlias

#: Instead of a row's or column's name: the total over all of them.
TOTAL: Final = None


class Cell(NamedTuple):
    """A place in a table; ``TOTAL`` for a margin."""

    row: str | None
    column: str | None


Counts: TypeAlias = Mapping[Cell, int]

#: What it costs to use a cell; None: it may not be used.
Cost: TypeAlias = Callable[[Cell], int | None]

#: A sum: of a row or of a column, by its name.
_Sum: TypeAlias = tuple[bool, str | None]


class _Step(NamedTuple):
    """One cell on the way round: in which direction, and by how many at most; None: no limit."""

    cell: Cell
    sign: int
    room: int | None


def with_margins(inner: Counts) -> dict[Cell, int]:
    """Return the counts of *inner* with the totals of rows, columns and all."""
    counts: dict[Cell, int] = {Cell(TOTAL, TOTAL): 0}
    for (row, column), n in inner.items():
        for cell in (
            Cell(row, column),
            Cell(row, TOTAL),
            Cell(TOTAL, column),
            Cell(TOTAL, TOTAL),
        ):
            counts[cell] = counts.get(cell, 0) + n
    return counts


class Ways:
    """From which sum to which the cells of one table lead; made once for all its cells.

    A cell of count 0 leads nowhere: zeros are always shown.
    """

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self._out: dict[_Sum, list[tuple[_Sum, Cell, int]]] = {}
        for cell, n in counts.items():
            if n:
                tail, head = _ends(cell)
                self._out.setdefault(tail, []).append((head, cell, 1))
                self._out.setdefault(head, []).append((tail, cell, -1))

    def shift(self, cell: Cell, *, up: bool, most: int, cost: Cost) -> tuple[int, frozenset[Cell]]:
        """Return how far *cell* can move, up to *most*, and which other cells move with it.

        Ways that cost less are taken first, and a cell is paid for once. Cells of count 0 never
        move, and none is moved below 1.
        """
        if not up:
            most = min(most, self.counts[cell] - 1)
        moved: dict[Cell, int] = {}
        start, goal = reversed(_ends(cell)) if up else _ends(cell)
        done = 0

        def price(other: Cell) -> int | None:
            return None if other == cell else 0 if moved.get(other) else cost(other)

        while done < most:
            way = self._cheapest(moved, start, goal, price)
            if not way:
                break
            amount = min([most - done, *(step.room for step in way if step.room is not None)])
            for step in way:
                moved[step.cell] = moved.get(step.cell, 0) + step.sign * amount
            done += amount
        return done, frozenset(other for other, by in moved.items() if by)

    def _cheapest(
        self, moved: Mapping[Cell, int], start: _Sum, goal: _Sum, price: Cost
    ) -> list[_Step]:
        """Return the steps from one sum to another, by Dijkstra; empty where there is no way."""
        order = count()  # of two ways that cost the same, the one found first
        waiting: list[tuple[int, int, _Sum, _Sum, _Step | None]] = []
        waiting.append((0, next(order), start, start, None))
        came: dict[_Sum, tuple[_Sum, _Step | None]] = {}
        while waiting:
            spent, _, here, before, last = heappop(waiting)
            if here in came:
                continue
            came[here] = before, last
            if here == goal:
                return _way_to(goal, came)
            for there, cell, sign in self._out.get(here, ()):
                if there in came:
                    continue
                room = None if sign > 0 else self.counts[cell] + moved.get(cell, 0) - 1
                fee = price(cell) if room is None or room > 0 else None
                if fee is not None:
                    step = _Step(cell, sign, room)
                    if there == goal and not fee:  # no other way can be cheaper, or found before
                        came[goal] = here, step
                        return _way_to(goal, came)
                    heappush(waiting, (spent + fee, next(order), there, here, step))
        return []


def _way_to(goal: _Sum, came: Mapping[_Sum, tuple[_Sum, _Step | None]]) -> list[_Step]:
    """Return the steps to *goal*, in order. *came*: of each sum the one before, and the step."""
    way, (before, last) = [], came[goal]
    while last is not None:
        way.append(last)
        before, last = came[before]
    return way[::-1]


def _ends(cell: Cell) -> tuple[_Sum, _Sum]:
    """Return from which sum to which a cell leads."""
    row, column = (True, cell.row), (False, cell.column)
    forward = (cell.row is TOTAL) == (cell.column is TOTAL)
    return (row, column) if forward else (column, row)
