"""Which counts of a question may be shown, and which of its parts by site, role and the like.

All parts of one question are about the same people, so they must not give each other away. What
the whole of a question shows is given to each part as known; what the whole hides stands there as
one column. So no two tables share a count that is hidden in both, and what a reader can work out
from all of them is what they can work out from each alone (``forum.suppression``).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from forum.circulation import TOTAL, Cell, with_margins
from forum.suppression import CannotHide, Shown, published, suppressed, thresholds

#: The one row of a question's whole.
WHOLE: Final = "whole"

#: The column of a part that stands for all which the whole hides.
REST: Final = "rest"

_K: Final = thresholds()

#: Counts by cell, as a key.
_Frozen: TypeAlias = tuple[tuple[Cell, int], ...]


def whole(counts: Mapping[str, int], columns: Sequence[str]) -> Shown:
    """Return how often each of *columns* was answered, as far as it may be shown."""
    inner = {Cell(WHOLE, column): n for column, n in counts.items()}
    return _whole(_frozen(inner), tuple(columns))


def part(inner: Mapping[Cell, int], rows: Sequence[str], of: Shown) -> Shown | None:
    """Return the same counts row by row; None: there are too few to tell them apart.

    *of*: the question's whole, whose columns are the columns here.
    """
    if total_of(of) is None:
        return None
    return _part(_frozen(inner), tuple(rows), tuple(shown_columns(of)), len(of.columns))


def shown_columns(of: Shown) -> list[str]:
    """Return the columns of a whole that are not hidden."""
    return [column for column in of.columns if count_of(of, column) is not None]


def count_of(of: Shown, column: str) -> int | None:
    """Return what may be shown of one column of a whole; None: it is hidden."""
    twice = (of.at(WHOLE, column), of.at(TOTAL, column))
    return None if None in twice else twice[0]


def total_of(of: Shown) -> int | None:
    """Return how many answers a whole counts; None: that is hidden too."""
    twice = (of.at(WHOLE, TOTAL), of.at(TOTAL, TOTAL))
    return None if None in twice else twice[0]


def _frozen(inner: Mapping[Cell, int]) -> _Frozen:
    return tuple(sorted((cell, n) for cell, n in inner.items() if n))


# Most looks at a page find the counts of the look before, and the same counts give the same table.


@lru_cache(maxsize=512)
def _whole(counts: _Frozen, columns: tuple[str, ...]) -> Shown:
    return published(dict(counts), (WHOLE,), columns, _K)


@lru_cache(maxsize=2048)
def _part(counts: _Frozen, rows: tuple[str, ...], shown: tuple[str, ...], of: int) -> Shown | None:
    columns = shown if len(shown) == of else (*shown, REST)
    cells = {Cell(row, column): 0 for row in rows for column in columns}
    for (row, column), n in counts:
        cells[Cell(row, column if column in shown else REST)] += n
    table = with_margins(cells)
    known = {Cell(TOTAL, column) for column in (*columns, TOTAL)}
    try:
        hidden = suppressed(table, _K, known=known)
    except CannotHide:
        return None
    counted = {cell: None if cell in hidden else n for cell, n in table.items()}
    return Shown(rows, columns, counted)
