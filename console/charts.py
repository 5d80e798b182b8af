"""Small drawings inside a page: plain SVG, no script, and every number in words beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from channels.ledger import State
from channels.overview import HOUR, Overview
from channels.tallies import minute_of

#: The size of the drawing, in its own units: a bar a minute, five units each.
WIDTH: Final = 300
HEIGHT: Final = 60
_MINUTES: Final = int(HOUR.total_seconds()) // 60
_STEP: Final = WIDTH / _MINUTES

#: A minute with one message can still be seen beside one with a thousand.
_LEAST: Final = 2.0

FAILED: Final = (State.FAILED, State.UNDELIVERED, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class Bar:
    """One minute: where its bar stands, and how far it reaches up."""

    x: float
    y: float
    width: float
    height: float
    kind: str  # «left» or «failed»: the colour


@dataclass(frozen=True, slots=True)
class Hour:
    """The last hour of a line, minute by minute, the failed on top of what left."""

    bars: Sequence[Bar]
    highest: int  # in one minute

    @property
    def empty(self) -> bool:
        """Whether nothing happened at all."""
        return not self.bars


@dataclass(frozen=True, slots=True)
class Share:
    """One row of a comparison: *percent* of the longest row's length."""

    name: Any  # whatever the counts were told apart by
    count: int
    percent: float


def hour_of(seen: Overview, now: datetime) -> Hour:
    """Draw the hour before *now*."""
    first = minute_of(now) - _MINUTES + 1
    stacks = {
        minute - first: (counts[State.ACCEPTED], sum(counts[state] for state in FAILED))
        for minute, counts in seen.hour.items()
        if minute >= first
    }
    highest = max((sum(stack) for stack in stacks.values()), default=0)
    bars = [
        bar for place, stack in sorted(stacks.items()) for bar in _stacked(place, stack, highest)
    ]
    return Hour(bars, highest)


def _stacked(place: int, stack: tuple[int, int], highest: int) -> list[Bar]:
    bars, foot = [], float(HEIGHT)
    for kind, count in zip(("left", "failed"), stack, strict=True):
        if count == 0:
            continue
        height = max(count / highest * HEIGHT, _LEAST)
        top = max(foot - height, 0.0)
        bars.append(
            Bar(round(place * _STEP, 1), round(top, 1), _STEP - 1, round(foot - top, 1), kind)
        )
        foot = top
    return bars


@dataclass(frozen=True, slots=True)
class Row:
    """One bar a week, say, the oldest at the left; *highest* is the value of the tallest."""

    bars: Sequence[Bar]
    highest: float


def row_of(values: Sequence[float | None], kind: str = "left") -> Row:
    """Draw *values* beside each other, in the size of an ``Hour``; no bar for 0 and for None."""
    highest = max((value for value in values if value), default=0)
    step = WIDTH / max(len(values), 1)
    bars = [
        _standing(place * step, step, max(value / highest * HEIGHT, _LEAST), kind)
        for place, value in enumerate(values)
        if value
    ]
    return Row(bars, highest)


def _standing(left: float, step: float, height: float, kind: str) -> Bar:
    gap = step / 5  # as wide as a minute's in an hour
    return Bar(
        round(left, 1), round(HEIGHT - height, 1), round(step - gap, 1), round(height, 1), kind
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar that lies: where it begins and how long it is, in percent of the row."""

    left: float
    percent: float
    kind: str


def stacked(rows: Sequence[Mapping[Any, int]]) -> list[list[Piece]]:
    """Draw each row's counts one after the other; the longest row takes all of the width."""
    longest = max((sum(row.values()) for row in rows), default=0) or 1
    return [_pieces(row, longest) for row in rows]


def _pieces(row: Mapping[Any, int], longest: int) -> list[Piece]:
    pieces, before = [], 0
    for kind, count in row.items():
        if count:
            left, percent = (round(100 * n / longest, 1) for n in (before, count))
            pieces.append(Piece(left, percent, str(kind)))
        before += count
    return pieces


def shares(counts: Mapping[Any, int]) -> list[Share]:
    """Return *counts* as rows that can be compared by looking."""
    longest = max(counts.values(), default=0) or 1
    return [Share(name, count, round(100 * count / longest, 1)) for name, count in counts.items()]
