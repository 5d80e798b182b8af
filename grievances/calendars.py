"""When the forum works: its week, its hours, its holidays, in its own time zone."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

#: Monday is 0, as in ``date.weekday``.
SATURDAY_AND_SUNDAY = frozenset({5, 6})
DAYS_IN_WEEK = 7


@dataclass(frozen=True)
class Calendar:
    """A business calendar. Raises ``ValueError`` when nobody would ever work by it."""

    zone: tzinfo
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    opens: time = time(8)
    closes: time = time(17)
    holidays: frozenset[date] = field(default=frozenset())

    def __post_init__(self) -> None:
        if self.weekend >= frozenset(range(DAYS_IN_WEEK)):
            raise ValueError("a calendar needs a working day")
        if self.opens >= self.closes:
            raise ValueError("an office opens before it closes")

    def works_on(self, day: date) -> bool:
        """Whether *day* is a working day."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def add_days(self, start: datetime, days: int) -> datetime:
        """Return *start* plus *days* working days, in UTC.

        A start outside of hours counts from the next opening. The hour of the day is kept, so
        that «two days» given at 16:00 end at 16:00.
        """
        begun = self._working_moment(start.astimezone(self.zone))
        day = begun.date()
        for _ in range(days):
            day = self._next_working_day(day)
        return self._at(day, begun.time())

    def _working_moment(self, local: datetime) -> datetime:
        day = local.date()
        if self.works_on(day) and local.time() < self.closes:
            opened = max(local.time(), self.opens)
            return datetime.combine(day, opened)
        return datetime.combine(self._next_working_day(day), self.opens)

    def _next_working_day(self, day: date) -> date:
        day += timedelta(days=1)
        while not self.works_on(day):
            day += timedelta(days=1)
        return day

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, tzinfo=self.zone).astimezone(UTC)


#: Monday to Friday, 08:00 to 17:00 UTC: for a forum that has not said otherwise.
PLAIN_WEEK = Calendar(UTC)
