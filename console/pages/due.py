"""What is due, as a calendar: a month, a week or a day of the forum's own time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import groupby
from typing import Final

from aiohttp import web

from console.access import member_of
from console.pages.queue import words
from console.responses import page
from console.services import services_of
from grievances import agenda, almanac
from grievances.agenda import Item
from grievances.calendars import DAYS_IN_WEEK, Calendar
from grievances.periods import midnight
from locales import N_

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=DAYS_IN_WEEK)

#: Nothing is due further off, and a page of a year 9999 would have no next one.
YEARS: Final = range(2000, 2200)


class Scale(StrEnum):
    """How much of the calendar is shown."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


SCALES: Final[Mapping[Scale, str]] = {
    Scale.MONTH: N_("Month"),
    Scale.WEEK: N_("Week"),
    Scale.DAY: N_("Day"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a page shows, from *first* to *last*."""

    scale: Scale
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """All of them."""
        return [self.first + _DAY * n for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> date:
        """A day of the span before it."""
        return self.first - _DAY

    @property
    def after(self) -> date:
        """A day of the span after it."""
        return self.last + _DAY


@dataclass(frozen=True, slots=True)
class Day:
    """One day as the calendar shows it. *name* is a holiday's; *works*: somebody does."""

    on: date
    works: bool
    name: str
    due: int
    today: bool


async def show(request: web.Request) -> web.Response:
    """Show what is due, as far as this member may see the cases."""
    services, member = services_of(request), member_of(request).member
    now, zone, cursor = services.now(), services.zone, request.query.get("page")
    today = now.astimezone(zone).date()
    span = _span(request, today)
    async with services.database.reading() as db:
        past = await agenda.past(db, member, now)
        due = await agenda.by_day(db, member, span.days, zone, now)
        first, end = max(midnight(span.first, zone), now), midnight(span.after, zone)
        listed = await agenda.between(db, member, first, end, page=cursor)
        names = {each.day: each.name for each in await almanac.all_holidays(db)}
    days = [_day(on, services.calendar, names, due[on], today) for on in span.days]
    return await page(
        request,
        "due.html",
        span=span,
        scales=SCALES,
        Scale=Scale,
        past=past[: agenda.PAST],
        more_past=len(past) > agenda.PAST,
        weeks=_weeks(days),
        by_day=_by_day(days, listed.items, zone, whole=span.scale is Scale.WEEK),
        next_page=listed.next,
        first_page=cursor is None,
        **words(services_of(request)),
    )


def _span(request: web.Request, today: date) -> Span:
    """Return the days that the address asks for; what it does not say is this month's."""
    scale = next((each for each in Scale if each == request.query.get("scale")), Scale.MONTH)
    on = _on(request.query.get("on", ""), today)
    if scale is Scale.DAY:
        return Span(scale, on, on)
    if scale is Scale.WEEK:
        monday = on - _DAY * on.weekday()
        return Span(scale, monday, monday + _WEEK - _DAY)
    first = on.replace(day=1)
    return Span(scale, first, (first + 5 * _WEEK).replace(day=1) - _DAY)


def _on(text: str, today: date) -> date:
    try:
        read = date.fromisoformat(text)
    except ValueError:
        return today
    return read if read.year in YEARS else today


def _day(on: date, calendar: Calendar, names: Mapping[date, str], due: int, today: date) -> Day:
    return Day(on, calendar.works_on(on), names.get(on, ""), due, on == today)


def _weeks(days: Sequence[Day]) -> list[list[Day | None]]:
    """Return *days* in rows from Monday to Sunday; None stands where another month's day is."""
    cells: list[Day | None] = [*[None] * days[0].on.weekday(), *days]
    cells += [None] * (-len(cells) % DAYS_IN_WEEK)
    return [cells[n : n + DAYS_IN_WEEK] for n in range(0, len(cells), DAYS_IN_WEEK)]


def _by_day(
    days: Sequence[Day], items: Sequence[Item], zone: tzinfo, *, whole: bool
) -> list[tuple[Day, Sequence[Item]]]:
    """Return the days that have something, in order; *whole*: the others, too."""

    def on(item: Item) -> date:
        return _local(item.due_at, zone)

    due = {each: list(several) for each, several in groupby(items, on)}
    return [(day, due.get(day.on, ())) for day in days if whole or day.on in due]


def _local(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
