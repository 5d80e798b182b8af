"""A table with its margins as a flow that goes round, and what a reader of it can work out.

Every cell of a two-way table, margins too, stands in two sums: its row's and its column's. Give
the sums signs, and a cell becomes an arrow from one sum to the other: from row to column inside
the table, back by the totals. The counts then go round like water, and to change a hidden cell by
one without any sum being wrong is to send one more round a circle of hidden cells. So the largest
and the smallest value that a cell could have is a flow, and exact (Cox 1995; Castro 2012).

A reader is taken to know that no hidden cell is 0, because zeros are always shown.
"""

from collections.abc import Callable, Collection, Mapping
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


#: A cell seen from one of its sums: the other sum, the cell, and the sign.
_Lead: TypeAlias = tuple[_Sum, Cell, int]


#: One cell on the way round: in which direction, and by how many at most; None: no limit.
_Step: TypeAlias = tuple[Cell, int, int | None]


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

    A cell of count 0 leads nowhere: zeros are always shown. *free*: cells that cost nothing.
    """

    def __init__(self, counts: Counts, free: Collection[Cell] = ()) -> None:
        self.counts = counts
        self._out: dict[_Sum, list[_Lead]] = {}
        for cell, n in counts.items():
            if n:
                tail, head = _ends(cell)
                self._out.setdefault(tail, []).append((head, cell, 1))
                self._out.setdefault(head, []).append((tail, cell, -1))
        self.free: set[Cell] = set()
        self._free_out: dict[_Sum, list[_Lead]] = {}
        self.set_free(free)

    def set_free(self, cells: Collection[Cell]) -> None:
        """Let *cells* cost nothing from now on."""
        self.free.update(cells)
        for here in {end for cell in cells for end in _ends(cell)}:
            leads = self._out.get(here, ())
            self._free_out[here] = [lead for lead in leads if lead[1] in self.free]

    def shift(
        self, cell: Cell, *, up: bool, most: int, cost: Cost | None = None
    ) -> tuple[int, dict[Cell, int]]:
        """Return how far *cell* can move, up to *most*, and how far which others move with it.

        Ways that cost less are taken first, and a cell is paid for once; without *cost* those
        that are free alone. Cells of count 0 never move, and none is moved below 1.
        """
        if not up:
            most = min(most, self.counts[cell] - 1)
        moved: dict[Cell, int] = {}
        start, goal = reversed(_ends(cell)) if up else _ends(cell)
        done, paid = 0, False

        def price(other: Cell) -> int | None:
            if other == cell or cost is None:
                return None
            return 0 if moved.get(other) or other in self.free else cost(other)

        while done < most:
            way = [] if paid else self._free_way(moved, start, goal, cell)
            if not way and cost is not None:
                paid, way = True, self._cheapest(moved, start, goal, price)
            if not way:
                break
            amount = min([most - done, *(room for _, _, room in way if room is not None)])
            for other, sign, _ in way:
                moved[other] = moved.get(other, 0) + sign * amount
            done += amount
        return done, {other: by for other, by in moved.items() if by}

    def _free_way(
        self, moved: Mapping[Cell, int], start: _Sum, goal: _Sum, without: Cell
    ) -> list[_Step]:
        """Return the shortest steps over what is free, the same that ``_cheapest`` would find."""
        counts, leads = self.counts, self._free_out
        came: dict[_Sum, tuple[_Sum, _Step | None]] = {start: (start, None)}
        waiting = [start]
        for here in waiting:
            for there, cell, sign in leads.get(here, ()):
                if there in came or cell == without:
                    continue
                room = None if sign > 0 else counts[cell] + moved.get(cell, 0) - 1
                if room is None or room > 0:
                    came[there] = here, (cell, sign, room)
                    if there == goal:
                        return _way_to(goal, came)
                    waiting.append(there)
        return []

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
                    step = (cell, sign, room)
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
