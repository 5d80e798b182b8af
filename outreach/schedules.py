"""When a broadcast leaves: once, again every so many days, and so many days before a date.

Pure: no row and no clock is read here. Hours are those of who is written to, zone by zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from channels import hours

#: Where a day of the calendar begins first, in hours ahead of UTC (Kiribati). A reminder's rows
#: are made then, and wait for the morning of each zone.
FIRST_DAWN: Final = timedelta(hours=14)

#: More would be a habit, and no news.
MOST_REMINDERS: Final = 6
MOST_TIMES: Final = 12
LONGEST_BEFORE: Final = 365  # days
LONGEST_LASTS: Final = 14 * 24  # hours
LONGEST_EVERY: Final = 90  # days
LONGEST_APART: Final = 14  # days: by then who read the first message has forgotten it

MINUTES_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Schedule:
    """When it leaves, and until when it is worth sending.

    *starts_at* None: as soon as it may, unless there are reminders: then on their days alone.
    *opens*, *closes*: minutes after midnight where people are; equal: at any hour. *lasts*: hours
    for which each time of it is worth sending. *every*, *times*: so many times in all, so many
    days apart. *day*, *before*: reminders, so many days before that day of the calendar. *apart*:
    days between its messages, each of which is worth sending for as long; 0: all at once.
    """

    starts_at: datetime | None = None
    opens: int = hours.OPENS
    closes: int = hours.CLOSES
    lasts: int = 24
    every: int = 0
    times: int = 1
    day: date | None = None
    before: tuple[int, ...] = ()
    apart: int = 0

    @property
    def leaves_plainly(self) -> bool:
        """Whether it leaves on other days than those of its reminders."""
        return self.starts_at is not None or not self.before

    def flaws(self) -> frozenset[str]:
        """Return the fields that are wrong, «hours» for either of those two; empty: none."""
        wrong = {
            "hours": not all(0 <= one < MINUTES_A_DAY for one in (self.opens, self.closes)),
            "lasts": not 1 <= self.lasts <= LONGEST_LASTS,
            "every": self.times > 1 and not 1 <= self.every <= LONGEST_EVERY,
            "times": not 1 <= self.times <= MOST_TIMES,
            "day": bool(self.before) and self.day is None,
            # Of two times that overlap nobody would know which message belongs where.
            "apart": not 0 <= self.apart <= LONGEST_APART
            or (self.apart > 0 and (self.times > 1 or bool(self.before))),
            "before": len(self.before) > MOST_REMINDERS
            or not all(0 <= one <= LONGEST_BEFORE for one in self.before)
            or (self.day is not None and not self.before),
        }
        return frozenset(name for name, it_is in wrong.items() if it_is)


@dataclass(frozen=True, slots=True)
class Moment:
    """One time that it leaves. *day*: of a reminder, which begins in each zone by itself."""

    due_at: datetime
    day: date | None = None


def moments(schedule: Schedule, released: datetime, zone: tzinfo) -> Sequence[Moment]:
    """Return when it leaves, in order, if it may from *released* on.

    *zone*: the forum's, in which a repetition keeps its hour when the clocks are changed.
    """
    found = []
    if schedule.leaves_plainly:
        first = max(schedule.starts_at or released, released)
        found = [Moment(_days_after(first, n * schedule.every, zone)) for n in _times(schedule)]
    if schedule.day is not None:
        days = [schedule.day - timedelta(days=n) for n in sorted(schedule.before, reverse=True)]
        found += [Moment(_dawn(one, schedule.opens), one) for one in days]
    return sorted(found, key=lambda one: one.due_at)


def window(schedule: Schedule, moment: Moment, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return from when to when it is worth sending in *zone*."""
    begins = moment.due_at
    if moment.day is not None:
        begins = datetime.combine(moment.day, hours.clock(schedule.opens), zone)
    return begins, begins + timedelta(hours=schedule.lasts)


def windows(
    schedule: Schedule, moment: Moment, zone: tzinfo, parts: int
) -> Sequence[tuple[datetime, datetime]]:
    """Return the same for each of *parts* messages, at the same hour of the clock in *zone*."""
    begins, _ = window(schedule, moment, zone)
    days = [_days_after(begins, part * schedule.apart, zone) for part in range(parts)]
    return [(one, one + timedelta(hours=schedule.lasts)) for one in days]


def last_end(schedule: Schedule, moment: Moment, parts: int = 1) -> datetime:
    """Return when *moment* is over everywhere: where the day begins last, at UTC-12.

    *parts*: so many messages, of which the last counts.
    """
    latest = timedelta(hours=26) if moment.day is not None else timedelta(0)
    spread = timedelta(days=schedule.apart * (parts - 1))
    return moment.due_at + latest + spread + timedelta(hours=schedule.lasts)


def _times(schedule: Schedule) -> range:
    return range(schedule.times if schedule.every else 1)


def _days_after(first: datetime, days: int, zone: tzinfo) -> datetime:
    """Return the same hour of the clock so many days later."""
    if not days:
        return first
    local = first.astimezone(zone)
    later = local.replace(tzinfo=None) + timedelta(days=days)
    return later.replace(tzinfo=zone).astimezone(first.tzinfo)


def _dawn(day: date, opens: int) -> datetime:
    from_utc = datetime.combine(day, hours.clock(opens), UTC)
    return from_utc - FIRST_DAWN
