"""The way of a rule change as a line: law, outreach, in force, enforcement, and where today is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from outreach.rule_dates import Dates

#: The size of the drawing, in its own units, and how far the first stop is from its edge.
WIDTH: Final = 300
HEIGHT: Final = 36
_MARGIN: Final = 30.0


@dataclass(frozen=True, slots=True)
class Stop:
    """One day on the line. *field* names it, *n* counts from 1."""

    n: int
    field: str
    day: date
    x: float
    past: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Stops at equal distances, in order of their days; *today* is where we are between them."""

    stops: Sequence[Stop]
    today: float


def timeline(dates: Dates, today: date) -> Timeline:
    """Draw the days that are set.

    The distances are equal, not true: a month before years could not be seen. Only on which side
    of each day we are is.
    """
    return drawn(dates.given(), today)


def stages(dates: Dates, begun: Mapping[str, date], today: date) -> Timeline:
    """Draw the five stages: law, outreach, assistance, monitoring, enforcement.

    *begun*: the days on which the last three began, by their names. Enforcement that has not
    begun stands where it is planned; assistance and monitoring that have not are left out.
    """
    planned = {
        "law": dates.announced_on,
        "outreach": dates.outreach_from,
        "enforcement": dates.enforcement_from,
        **begun,
    }
    return drawn({name: day for name, day in planned.items() if day is not None}, today)


def drawn(named: Mapping[str, date], today: date) -> Timeline:
    """Draw days by their names."""
    days = sorted(named.items(), key=lambda one: one[1])
    step = (WIDTH - 2 * _MARGIN) / max(len(days) - 1, 1)
    stops = [
        Stop(n + 1, field, day, round(_MARGIN + n * step, 1), day <= today)
        for n, (field, day) in enumerate(days)
    ]
    return Timeline(stops, round(_place(stops, today), 1))


def _place(stops: Sequence[Stop], today: date) -> float:
    if not stops or today < stops[0].day:
        return _MARGIN / 2
    for before, after in pairwise(stops):
        if before.day <= today < after.day:
            gone = (today - before.day) / (after.day - before.day)
            return before.x + gone * (after.x - before.x)
    return stops[-1].x if today == stops[-1].day else WIDTH - _MARGIN / 2
