"""Line charts as SVG, by hand: read in the light and in the dark, in colour and without, aloud.

Every line has a dash of its own and its name at its end; the description says the numbers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TypeAlias

from tests.benchmarks.figures import number

Points: TypeAlias = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 30, 55
DASHES = ("", "7 4", "2 3", "10 3 2 3", "4 4", "1 4")
TICKS = 5
APART = 15  # between two names at the right edge

STYLE = """
    svg { --ink: #1f2a30; --soft: #55646d; --line: #ccd4d8; --paper: #ffffff;
          --c0: #0f6b5c; --c1: #8a3d10; --c2: #2a5db0; --c3: #7a2d78; --c4: #55646d; --c5: #946b00; }
    @media (prefers-color-scheme: dark) {
      svg { --ink: #e8eef0; --soft: #a9b8bf; --line: #39464c; --paper: #11181c;
            --c0: #5cc8b2; --c1: #f0a06a; --c2: #8db4f5; --c3: #dd9bdb; --c4: #a9b8bf; --c5: #e0be5a; }
    }
    text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--soft); }
    .name { font-weight: 600; }
"""  # noqa: E501 - a colour scheme is read in rows


@dataclass(frozen=True)
class Chart:
    """*logarithmic*: the x axis counts in factors."""

    title: str
    across: str
    up: str
    lines: Mapping[str, Points]
    logarithmic: bool = False

    def write(self, path: Path) -> None:
        """Draw it into *path*."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.drawn(path.stem))

    def drawn(self, name: str) -> str:
        """Return the drawing; *name* makes the ids in it unique on a page."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
                f'     role="img" aria-labelledby="{name}-title {name}-desc">',
                f'  <title id="{name}-title">{escape(self.title)}</title>',
                f'  <desc id="{name}-desc">{escape(self.told())}</desc>',
                f"  <style>{STYLE}  </style>",
                f'  <rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="var(--paper)"/>',
                *self._axes(),
                *self._curves(),
                "</svg>\n",
            ]
        )

    def told(self) -> str:
        """Return the chart in words."""
        lines = (
            f"{name}: " + ", ".join(f"{number(y)} at {number(x)}" for x, y in _some(points))
            for name, points in self.lines.items()
        )
        return f"{self.up} by {self.across}. " + ". ".join(lines) + "."

    # --- where things are ---------------------------------------------------------------------

    @property
    def _most(self) -> float:
        return _round_up(max(y for points in self.lines.values() for _, y in points))

    def _at(self, x: float, y: float) -> tuple[float, float]:
        xs = [self._along(one) for points in self.lines.values() for one, _ in points]
        low, high = min(xs), max(xs)
        share = (self._along(x) - low) / ((high - low) or 1)
        return (
            round(LEFT + share * (WIDTH - LEFT - RIGHT), 1),
            round(HEIGHT - BOTTOM - y / self._most * (HEIGHT - TOP - BOTTOM), 1),
        )

    def _along(self, x: float) -> float:
        return math.log10(max(x, 1)) if self.logarithmic else x

    # --- what is drawn ------------------------------------------------------------------------

    def _axes(self) -> list[str]:
        drawn = []
        for step in range(TICKS + 1):
            value = self._most * step / TICKS
            _, y = self._at(0, value)
            drawn.append(
                f'  <path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="var(--line)"/>'
                f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{number(value)}</text>'
            )
        xs = sorted({x for points in self.lines.values() for x, _ in points})
        drawn += [
            f'  <text x="{self._at(x, 0)[0]}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
            f"{number(x)}</text>"
            for x in _spread(xs, self._at)
        ]
        middle = (LEFT + WIDTH - RIGHT) / 2
        drawn.append(
            f'  <text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">{escape(self.across)}'
            f'</text><text x="{LEFT - 60}" y="18">{escape(self.up)}</text>'
        )
        return drawn

    def _curves(self) -> list[str]:
        drawn, ends = [], []
        for index, (name, points) in enumerate(self.lines.items()):
            where = [self._at(x, y) for x, y in points]
            path = "M" + "L".join(f"{x} {y}" for x, y in where)
            drawn.append(
                f'  <path d="{path}" fill="none" stroke="var(--c{index % 6})" stroke-width="2.2" '
                f'stroke-dasharray="{DASHES[index % 6]}" stroke-linejoin="round"/>'
            )
            ends.append((where[-1][1], index, name))
        return drawn + _names(ends)


def _names(ends: list[tuple[float, int, str]]) -> list[str]:
    """Write each line's name at its end, none over another."""
    drawn, last = [], 0.0
    for y, index, name in sorted(ends):
        last = max(y + 4, last + APART)
        drawn.append(
            f'  <text class="name" x="{WIDTH - RIGHT + 8}" y="{last}" '
            f'style="fill:var(--c{index % 6})">{escape(name)}</text>'
        )
    return drawn


def _round_up(value: float) -> float:
    """Return the next number that an axis may end with."""
    power = 10 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 8, 10) if step * power >= value)


def _some(points: Points) -> Points:
    """Return at most nine of *points*, evenly, with both ends: enough to hear the shape."""
    step = max(len(points) // 8, 1)
    some = list(points[::step])
    return some if some[-1] == points[-1] else [*some, points[-1]]


def _spread(xs: Sequence[float], at: object) -> list[float]:
    """Return those of *xs* whose labels do not run into each other."""
    kept: list[float] = []
    for x in xs:
        here = at(x, 0)[0]  # type: ignore[operator]
        if not kept or here - at(kept[-1], 0)[0] > 55:  # type: ignore[operator]
            kept.append(x)
    return kept
