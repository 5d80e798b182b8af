"""A part of those who answered as one bar of pieces, read in black and white and without colour.

Every answer has a letter and a pattern of its own, the same in all bars of a question and in its
key. What is hidden is one piece, so that the rest has its true length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from outreach.survey_results import Group

_INK, _WHITE, _LIGHT, _MIDDLE = "#1f2a30", "#ffffff", "#d3d6d4", "#8d9497"

#: Lines in a square of six units: none, and in seven directions.
_LINES: Final = (
    "",
    "M0 6 L6 0",
    "M0 3 H6",
    "M3 0 V6",
    "M0 0 L6 6",
    "M0 3 H6 M3 0 V6",
    "M0 0 L6 6 M0 6 L6 0",
    "M2 3 H4 M3 2 V4",
)

#: The paper and the ink of a pattern; neighbours are as unlike as they can be.
_PAPERS: Final = ((_WHITE, _INK), (_INK, _WHITE), (_LIGHT, _INK), (_MIDDLE, _INK))

#: Percent of a bar below which a piece has no room for its letter on a phone.
_ROOM: Final = 6.0

#: The letter of what is hidden.
HIDDEN: Final = "?"


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a piece is filled."""

    paper: str
    ink: str
    lines: str


PATTERNS: Final[Sequence[Pattern]] = tuple(
    Pattern(*_PAPERS[paper], _LINES[(step + 2 * paper) % len(_LINES)])
    for step, paper in product(range(len(_LINES)), range(len(_PAPERS)))
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar: from where and how long, in percent; *pattern*: its id on the page."""

    left: float
    percent: float
    letter: str
    pattern: str

    @property
    def middle(self) -> float:
        """Where its letter stands."""
        return round(self.left + self.percent / 2, 1)

    @property
    def wide(self) -> bool:
        """Whether there is room for the letter."""
        return self.percent >= _ROOM


def letter_of(place: int) -> str:
    """Return the letter of the answer at *place*, counted from 0: A to Z, then AA."""
    first, last = divmod(place, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + last)


def pattern_of(place: int) -> str:
    """Return the id of the pattern of the answer at *place*."""
    return f"p{place % len(PATTERNS)}"


def bar_of(group: Group) -> list[Piece]:
    """Return the bar of *group*; nothing where not even its size may be told."""
    if not group.n:
        return []
    counts = [(line.n or 0, letter_of(n), pattern_of(n)) for n, line in enumerate(group.lines)]
    counts.append((group.hidden or 0, HIDDEN, "hidden"))
    pieces, before = [], 0
    for count, letter, pattern in counts:
        left, percent = (round(100 * n / group.n, 1) for n in (before, count))
        if count > 0:
            pieces.append(Piece(left, percent, letter, pattern))
        before += count
    return pieces
