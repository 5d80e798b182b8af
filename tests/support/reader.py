"""A reader of published tables who adds and subtracts whatever is shown, by linear programming.

It knows nothing of how cells were chosen: it takes what was published, that totals are sums, that
no hidden count is 0, and whatever else it is told, and asks HiGHS for the smallest and the largest
value that each hidden cell could have.
"""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

import numpy as np
from scipy.optimize import linprog

from forum.circulation import TOTAL, Cell

#: A cell of a release: the release's name and the cell.
Place = tuple[str, Cell]

#: A sum of places with factors, and what it is.
Equation = tuple[Mapping[Place, int], int]


class Reader:
    """Knows what was published: None is a hidden count."""

    def __init__(
        self, published: Mapping[str, Mapping[Cell, int | None]], told: Iterable[Equation] = ()
    ) -> None:
        self.bounds = {
            (name, cell): (1, None) if n is None else (n, n)
            for name, counts in published.items()
            for cell, n in counts.items()
        }
        self.hidden = [place for place, (_, most) in self.bounds.items() if most is None]
        self.places = {place: n for n, place in enumerate(self.bounds)}
        sums = [one for name, counts in published.items() for one in _sums(name, counts)]
        self.equations = [*sums, *told]

    def values(self, place: Place) -> tuple[float, float]:
        """Return the smallest and the largest value that *place* could have."""
        return self._end(place, 1), -self._end(place, -1)

    def width(self, place: Place) -> float:
        least, most = self.values(place)
        return most - least

    def _end(self, place: Place, sign: int) -> float:
        objective = np.zeros(len(self.places))
        objective[self.places[place]] = sign
        matrix = np.zeros((len(self.equations), len(self.places)))
        for row, (factors, _) in enumerate(self.equations):
            for one, factor in factors.items():
                matrix[row, self.places[one]] = factor
        totals = [total for _, total in self.equations]
        found: Any = linprog(
            objective,
            A_eq=matrix,
            b_eq=totals,
            bounds=list(self.bounds.values()),
            method="highs",
        )
        if found.status == 3:  # no end to it
            return -inf
        assert found.status == 0, found.message
        return round(found.fun, 6)


def _sums(name: str, counts: Mapping[Cell, object]) -> Iterable[Equation]:
    rows = {cell.row for cell in counts} - {TOTAL}
    columns = {cell.column for cell in counts} - {TOTAL}
    for row in (*rows, TOTAL):
        parts = {(name, Cell(row, column)): 1 for column in columns}
        yield {**parts, (name, Cell(row, TOTAL)): -1}, 0
    for column in (*columns, TOTAL):
        parts = {(name, Cell(row, column)): 1 for row in rows}
        yield {**parts, (name, Cell(TOTAL, column)): -1}, 0
