"""Weeks and quarters, as the forum's own clock counts them. Nothing here is finer than a week."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

#: A quarter is thirteen whole ISO weeks, so that no week lies in two; the last one of a long year
#: has fourteen (ISO 8601).
WEEKS_IN_QUARTER = 13
QUARTERS = 4

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """From *starts* up to and without *ends*, in UTC: Monday to Monday in the forum's zone."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """The *n*-th quarter, 1 to 4, of an ISO *year*."""

    year: int
    n: int

    @property
    def name(self) -> str:
        """How it is written and kept: «2026-Q2». Names sort as the quarters do."""
        return f"{self.year:04}-Q{self.n}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, 1 + (self.n - 1) * WEEKS_IN_QUARTER, 1)

    @property
    def next(self) -> "Quarter":
        """The one after it."""
        return Quarter(self.year + 1, 1) if self.n == QUARTERS else Quarter(self.year, self.n + 1)

    @property
    def before(self) -> "Quarter":
        """The one before it."""
        return Quarter(self.year - 1, QUARTERS) if self.n == 1 else Quarter(self.year, self.n - 1)

    def ends(self, zone: tzinfo) -> datetime:
        """Return the moment, in UTC, from which on it is over."""
        return midnight(self.next.monday, zone)

    def year_up_to(self) -> Sequence["Quarter"]:
        """Return the four quarters of which this is the last."""
        quarters = [self]
        while len(quarters) < QUARTERS:
            quarters.append(quarters[-1].before)
        return quarters


def quarter_of(moment: datetime, zone: tzinfo) -> Quarter:
    """Return the quarter that *moment* lies in."""
    year, week, _ = moment.astimezone(zone).isocalendar()
    return Quarter(year, min((week - 1) // WEEKS_IN_QUARTER + 1, QUARTERS))


def quarter_named(name: str) -> Quarter | None:
    """Return the quarter that is written *name*; None: no quarter is."""
    year, _, n = name.partition("-Q")
    if not (year.isdecimal() and n.isdecimal()):
        return None
    read = Quarter(int(year), int(n))
    fits = date.min.year < read.year < date.max.year and 1 <= read.n <= QUARTERS
    return read if fits and read.name == name else None


def closed_quarters(now: datetime, zone: tzinfo, *, most: int) -> Sequence[Quarter]:
    """Return the last quarters that are over, the newest first."""
    closed = [quarter_of(now, zone).before]
    while len(closed) < most:
        closed.append(closed[-1].before)
    return closed


def quarters_between(first: Quarter, last: Quarter) -> Iterator[Quarter]:
    """Yield the quarters from *first* up to and with *last*; none where *last* is earlier."""
    while first <= last:
        yield first
        first = first.next


def weeks_up_to(now: datetime, zone: tzinfo, count: int) -> Sequence[Week]:
    """Return the last *count* weeks, the oldest first; the one of *now* is not over yet."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - _WEEK * back for back in range(count - 1, -2, -1)]
    bounds = [midnight(day, zone) for day in mondays]
    return [Week(*both) for both in pairwise(bounds)]


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, at which *day* begins in *zone*."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
