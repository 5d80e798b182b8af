"""When the forum works: its week, its hours and its holidays, which move due dates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from console.access import VISIT, member_of
from console.notices import Notice, Undo
from console.pages.case import NOTHING
from console.responses import field, go, page
from console.services import services_of
from console.times import full_date
from forum.members import printable
from grievances import almanac
from grievances.almanac import NAME_CHARACTERS, Holiday
from grievances.calendars import DAYS_IN_WEEK, Calendar, Span
from locales import N_

NO_ZONE = N_("There is no such time zone. Write one such as Africa/Kampala.")
NO_WORK = N_("Leave at least one day on which people work.")
NO_HOURS = N_("Each part of the day ends after it begins, and the second begins after the first.")
NO_DAY = N_("Choose a day.")
TWICE = N_("This day is in the list already.")
NO_NAME = N_("Write what people call this day, in at most 100 characters.")

#: The fields of the working hours, from and to.
HOURS: Final = (("opens", "closes"), ("opens_again", "closes_again"))

#: The longest name of a time zone that is kept.
ZONE_CHARACTERS: Final = 64


class Wrong(Exception):
    """What was typed makes no calendar: a message for each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(*errors)
        self.errors = errors


async def show(request: web.Request) -> web.Response:
    """Show the calendar."""
    return await _page(request)


async def change_week(request: web.Request) -> web.Response:
    """Keep another zone, weekend, or other hours."""
    form = await request.post()
    services = services_of(request)
    weekend = _weekend(form.getall("weekend", []))
    try:
        changed = _week(form, weekend, services.calendar)
    except Wrong as wrong:
        typed = {name: field(form, name) for name in ("zone", *HOURS[0], *HOURS[1])}
        return await _page(request, week=typed, weekend=weekend, errors=wrong.errors)
    async with services.database.transaction() as db:
        await almanac.set_week(
            db,
            changed,
            present=services.calendar,
            by=member_of(request).member,
            now=services.now(),
        )
    return await _kept(request, Notice("week_changed"))


async def add(request: web.Request) -> web.Response:
    """Keep a day on which nobody works."""
    form = await request.post()
    try:
        holiday = _holiday(form)
    except Wrong as wrong:
        return await _page(request, values=form, errors=wrong.errors)
    services = services_of(request)
    async with services.database.transaction() as db:
        added = await almanac.add_holiday(
            db,
            holiday,
            present=services.calendar,
            by=member_of(request).member,
            now=services.now(),
        )
    if not added:
        return await _page(request, values=form, errors={"day": TWICE})
    said = {"day": _said(request, holiday.day), "name": holiday.name}
    return await _kept(request, Notice("holiday_added", said))


async def remove(request: web.Request) -> web.Response:
    """Have people work on a day again."""
    services, day = services_of(request), _day(request.match_info["day"])
    async with services.database.transaction() as db:
        kept = {each.day: each for each in await almanac.all_holidays(db)}
        if day is None or day not in kept:
            raise web.HTTPNotFound
        await almanac.remove_holiday(db, day, by=member_of(request).member, now=services.now())
    undo = Undo("/calendar/holidays", {"day": day.isoformat(), "name": kept[day].name})
    said = {"day": _said(request, day)}
    return await _kept(request, Notice("holiday_removed", said, undo=undo))


async def _kept(request: web.Request, notice: Notice) -> web.Response:
    """Let this process see the change at once; the others look every few seconds."""
    services = services_of(request)
    async with services.database.reading() as db:
        await services.almanac.read(db)
    return go(request, "/calendar", notice)


def _week(form: Mapping[str, Any], weekend: frozenset[int], present: Calendar) -> Calendar:
    """Return the week that was typed. Raises ``Wrong``."""
    errors = {}
    zone, hours = _zone(field(form, "zone")), _hours(form)
    if zone is None:
        errors["zone"] = NO_ZONE
    if len(weekend) == DAYS_IN_WEEK:
        errors["weekend"] = NO_WORK
    if hours is None:
        errors["hours"] = NO_HOURS
    if zone is None or hours is None or errors:
        raise Wrong(errors)
    try:
        return replace(present, zone=zone, weekend=weekend, hours=hours)
    except ValueError as error:
        raise Wrong({"hours": NO_HOURS}) from error


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if 0 < len(name) <= ZONE_CHARACTERS else None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is none itself
        return None


def _weekend(ticked: Sequence[Any]) -> frozenset[int]:
    known = {str(number): number for number in range(DAYS_IN_WEEK)}
    return frozenset(known[each] for each in ticked if each in known)


def _hours(form: Mapping[str, Any]) -> tuple[Span, ...] | None:
    typed = [tuple(field(form, name) for name in pair) for pair in HOURS]
    try:
        spans = [Span(*map(time.fromisoformat, pair)) for pair in typed if any(pair)]
    except (ValueError, TypeError):  # a time with a zone cannot be compared
        return None
    plain = all(each.tzinfo is None for span in spans for each in (span.opens, span.closes))
    return tuple(spans) if spans and plain else None


def _holiday(form: Mapping[str, Any]) -> Holiday:
    """Return the holiday that was typed. Raises ``Wrong``."""
    day, name = _day(field(form, "day")), printable(field(form, "name"))
    errors = {}
    if not 0 < len(name) <= NAME_CHARACTERS:
        errors["name"] = NO_NAME
    if day is None:
        errors["day"] = NO_DAY
    if day is None or errors:
        raise Wrong(errors)
    return Holiday(day, name)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _said(request: web.Request, day: date) -> str:
    return full_date(day, request[VISIT].language)


def _typed(present: Calendar) -> dict[str, str]:
    """Return the calendar as its form shows it."""
    shown = {"zone": str(present.zone)}
    for (opens, closes), span in zip(HOURS, present.hours, strict=False):
        shown |= {opens: f"{span.opens:%H:%M}", closes: f"{span.closes:%H:%M}"}
    return shown


async def _page(
    request: web.Request,
    *,
    week: Mapping[str, str] | None = None,
    weekend: frozenset[int] | None = None,
    values: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    present = services_of(request).calendar
    years: dict[int, list[Holiday]] = defaultdict(list)
    async with services_of(request).database.reading() as db:
        for holiday in await almanac.all_holidays(db):
            years[holiday.day.year].append(holiday)
    return await page(
        request,
        "calendar.html",
        status=422 if errors else 200,
        week=_typed(present) if week is None else week,
        weekend=present.weekend if weekend is None else weekend,
        years=years,
        values=values,
        errors=errors,
    )
