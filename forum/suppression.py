"""Which counts of a table may be shown, so that nobody can be made out behind a small one.

A count from 1 to k-1 is hidden, and with it as many others as it takes: whoever adds and subtracts
what is shown is left with at least k possible values for every hidden cell, whichever the reason
that it is hidden for. See docs/decisions/small-cells.md. Nothing here knows a database.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from forum.circulation import TOTAL, Cell, Counts, Ways, with_margins

#: The least count that is shown (domain: k = 5).
K: Final = 5

#: The same for what is grave, and for a district with fewer cases than this in a year.
K_GRAVE: Final = 10

#: A cell's k.
Threshold: TypeAlias = Callable[[Cell], int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it may be shown: *counts* of every cell and margin, None where it is hidden."""

    rows: Sequence[str]
    columns: Sequence[str]
    counts: Mapping[Cell, int | None]

    def at(self, row: str | None, column: str | None) -> int | None:
        """Return what may be shown of a cell, ``TOTAL`` for a margin; None: it is hidden."""
        return self.counts.get(Cell(row, column), 0)

    @property
    def hidden(self) -> int:
        """How many of its cells are hidden."""
        return sum(n is None for n in self.counts.values())


def thresholds(
    *,
    grave: Collection[str] = (),
    quiet: Collection[str] = (),
    all_grave: bool = False,
) -> Threshold:
    """Return each cell's k: 10 in the columns *grave* and in the rows *quiet*, else 5.

    *all_grave*: 10 everywhere.
    """

    def k(cell: Cell) -> int:
        return K_GRAVE if all_grave or cell.row in quiet or cell.column in grave else K

    return k


def published(inner: Counts, rows: Sequence[str], columns: Sequence[str], k: Threshold) -> Shown:
    """Return the table of *inner* counts as it may be shown. The same counts, the same table.

    *rows* and *columns* are all that there are, in order. It takes up to a tenth of a second for
    twenty rows and columns: call it in a thread.
    """
    cells = [Cell(row, column) for row in rows for column in columns]
    counts = with_margins({cell: inner.get(cell, 0) for cell in cells})
    hidden = suppressed(counts, k)
    return Shown(
        rows, columns, {cell: None if cell in hidden else n for cell, n in counts.items()}
    )


class CannotHide(Exception):
    """What is shown elsewhere leaves too little to hide a small count behind."""


def suppressed(counts: Counts, k: Threshold, *, known: Collection[Cell] = ()) -> frozenset[Cell]:
    """Return the cells of a table with its margins that must not be shown.

    What is hidden only grows, and to hide more never makes a cell easier to guess: so a cell that
    is safe once stays so. There is always a way to make it safe, by the totals if by nothing else.

    *known*: cells that another table shows, so that to hide them here would hide nothing. With
    them there may be no way: raises ``CannotHide``.
    """
    counts = {cell: counts[cell] for cell in sorted(counts, key=_order)}
    hidden = {cell for cell, n in counts.items() if 0 < n < k(cell)}
    if not hidden.isdisjoint(known):
        raise CannotHide
    search = _Search(Ways(counts, hidden), known)
    waiting = deque(sorted(hidden, key=lambda cell: (-k(cell), *_order(cell))))
    while waiting:
        cell = waiting.popleft()
        beside = search.also_hidden(cell, k(cell) - 1)
        waiting.extend(sorted(beside, key=_order))
    return search.hidden


class _Search:
    """What must be hidden beside what is hidden already, which grows meanwhile.

    A table that a reader could think of for one cell is one for every other cell, too: each that
    was found is remembered by how far it lies from the true one, below and above, and a cell that
    they leave with values enough is not searched for again.
    """

    def __init__(self, ways: Ways, known: Collection[Cell]) -> None:
        self._ways, self._known = ways, known
        self._below: dict[Cell, int] = {}
        self._above: dict[Cell, int] = {}

    @property
    def hidden(self) -> frozenset[Cell]:
        """All that is hidden by now: to move it costs nothing, as nobody reads it."""
        return frozenset(self._ways.free)

    def also_hidden(self, cell: Cell, width: int) -> set[Cell]:
        """Return what must be hidden too, so that *cell* could be *width* more or less than it is.

        Raises ``CannotHide`` where that takes a cell that is *known*.
        """
        if self._above.get(cell, 0) - self._below.get(cell, 0) >= width:
            return set()
        down, moved = self._ways.shift(cell, up=False, most=width)
        self._remember(moved)
        more, moved = self._ways.shift(cell, up=True, most=width - down, cost=self._price)
        if down + more < width:
            raise CannotHide
        self._remember(moved)
        beside = set(moved) - self._ways.free
        self._ways.set_free(beside)
        return beside

    def _remember(self, moved: Mapping[Cell, int]) -> None:
        for cell, by in moved.items():
            side = self._above if by > 0 else self._below
            if abs(by) > abs(side.get(cell, 0)):
                side[cell] = by

    def _price(self, other: Cell) -> int | None:
        # What is lost is the count that nobody reads; so large totals are given up last.
        if other in self._known:
            return None
        return self._ways.counts[other]


def _order(cell: Cell) -> tuple[bool, str, bool, str]:
    return cell.row is TOTAL, cell.row or "", cell.column is TOTAL, cell.column or ""
