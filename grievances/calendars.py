"""When the forum works: its week, its hours, its holidays, in its own time zone.

Where clocks are put forward some local times do not exist: each of them means the moment of the
change. Where they are put back some exist twice: an opening means the first, a closing the
second.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

#: Monday is 0, as in ``date.weekday``.
SATURDAY_AND_SUNDAY = frozenset({5, 6})
DAYS_IN_WEEK = 7

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A part of the day in which the office is open. Raises ``ValueError`` when it is none."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("an office opens before it closes")


#: From eight to five, with no break.
PLAIN_HOURS = (Span(time(8), time(17)),)


@dataclass(frozen=True)
class Calendar:
    """A business calendar. Raises ``ValueError`` when nobody would ever work by it.

    *hours* are the same on every working day, in order. *edition* counts the forum's changes of
    it; 0: nobody has changed it.
    """

    zone: tzinfo
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    hours: tuple[Span, ...] = PLAIN_HOURS
    holidays: frozenset[date] = field(default=frozenset())
    edition: int = 0

    def __post_init__(self) -> None:
        if self.weekend >= frozenset(range(DAYS_IN_WEEK)):
            raise ValueError("a calendar needs a working day")
        if not self.hours:
            raise ValueError("a calendar needs working hours")
        if any(one.closes >= other.opens for one, other in pairwise(self.hours)):
            raise ValueError("hours follow each other, with a break between")

    def works_on(self, day: date) -> bool:
        """Whether *day* is a working day."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def clock_shows(self, day: date, hour: time) -> datetime:
        """Return when a clock on the wall first shows *hour* on *day*, in UTC."""
        return self._moment(day, hour).astimezone(UTC)

    def next_open(self, moment: datetime) -> datetime:
        """Return *moment* if somebody works then, else the next opening, in UTC."""
        day = moment.astimezone(self.zone).date()
        while True:
            for opened, closed in self._spans(day):
                if moment < closed:
                    return max(moment, opened).astimezone(UTC)
            day += _DAY

    def add_days(self, start: datetime, days: int) -> datetime:
        """Return *start* plus *days* working days, in UTC.

        A start outside of hours counts from the next opening. The hour of the day is kept, so
        that «two days» given at 16:00 end at 16:00.
        """
        begun = self.next_open(start)
        local = begun.astimezone(self.zone)
        day = local.date()
        for _ in range(days):
            day = self._next_working_day(day)
        if day == local.date():
            return begun
        return self.next_open(self._moment(day, self._hour(local)))

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Return for how long somebody works between two moments; nothing if *end* is first."""
        day, last = (each.astimezone(self.zone).date() for each in (start, end))
        worked = timedelta(0)
        while day <= last:
            for opened, closed in self._spans(day):
                worked += max(min(closed, end) - max(opened, start), timedelta(0))
            day += _DAY
        return worked

    def add_time(self, start: datetime, span: timedelta) -> datetime:
        """Return when *span* of working time is over that begins at *start*, in UTC.

        It ends in working hours: what is over at closing time ends at the next opening.
        """
        begun, left = self.next_open(start), span
        day = begun.astimezone(self.zone).date()
        while True:
            for opened, closed in self._spans(day):
                here = max(begun, opened)
                if closed - here > left:
                    return (here + left).astimezone(UTC)
                left -= max(closed - here, timedelta(0))
            day += _DAY

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield from when to when *day* is worked on; a span that no clock shows is left out."""
        if not self.works_on(day):
            return
        for span in self.hours:
            opened = self._moment(day, span.opens)
            closed = self._moment(day, span.closes, fold=1)
            if opened < closed:
                yield opened, closed

    def _next_working_day(self, day: date) -> date:
        day += _DAY
        while not self.works_on(day):
            day += _DAY
        return day

    # --- clocks that are put forward and back -------------------------------------------------

    def _moment(self, day: date, hour: time, *, fold: int = 0) -> datetime:
        """Return when a local clock shows *hour*; the second time it does for *fold* 1."""
        local = datetime.combine(day, hour.replace(fold=fold), tzinfo=self.zone)
        moment = local.astimezone(UTC)
        if moment.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            return moment
        # No clock shows it. Reckoned by the offset after the change it lies before the change,
        # and the other way round.
        after, before = (local.replace(fold=each).astimezone(UTC) for each in (0, 1))
        return self._change(before, after)

    def _hour(self, local: datetime) -> time:
        """Return the hour to keep; one that is lived a second time counts as over already.

        Else who starts in the first half past two would end after who starts in the second.
        """
        if not local.fold:
            return local.time()
        first = local.replace(fold=0)
        offset = first.utcoffset() or timedelta(0)
        change = self._change(first.astimezone(UTC), local.astimezone(UTC)) + offset
        return change.time() if change.date() == local.date() else time.max

    def _change(self, early: datetime, late: datetime) -> datetime:
        """Return when the clocks change between two moments, to the second, in UTC."""
        early = early.replace(microsecond=0)
        before = early.astimezone(self.zone).utcoffset()
        seconds = range((late - early) // _SECOND + 2)
        return early + timedelta(
            seconds=bisect_left(
                seconds,
                1,
                key=lambda n: (early + n * _SECOND).astimezone(self.zone).utcoffset() != before,
            )
        )


def add_months(start: datetime, months: int) -> datetime:
    """Return *start* so many months later, on the month's last day where it is too short."""
    number = start.year * 12 + start.month - 1 + months
    first = start.replace(year=number // 12, month=number % 12 + 1, day=1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
    return first.replace(day=min(start.day, last.day))


#: Monday to Friday, 08:00 to 17:00 UTC: for a forum that has not said otherwise.
PLAIN_WEEK = Calendar(UTC)
