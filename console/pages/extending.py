"""Give feedback more time: once, for a reason that the reporter is told."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from aiohttp import web

from console import once
from console.access import member_of
from console.casefile import open_file, row_of
from console.notices import Notice
from console.pages.case import EMPTY, LONGEST, TOO_LONG, case_page
from console.responses import field, go
from console.services import services_of
from grievances import deadlines, extension
from grievances.calendars import Calendar
from grievances.extension import NotNow, OutOfRange
from locales import N_

OUT_OF_RANGE = N_(
    "Choose a day that is later than what was promised, and within six months of the report."
)


async def extend(request: web.Request) -> web.Response:
    """Put feedback off to a day, and write the reason to the reporter."""
    form = await request.post()
    errors = _wrong(form)
    if not errors:
        try:
            return await _extended(request, form)
        except OutOfRange:
            errors = {"until": OUT_OF_RANGE}
        except NotNow:
            async with services_of(request).database.reading() as db:
                row = await row_of(request, db)
            return go(request, f"/cases/{row.reference}", Notice("gone_on"))
    return await case_page(request, await open_file(request), form, errors, status=422)


async def _extended(request: web.Request, form: Mapping[str, Any]) -> web.Response:
    services = services_of(request)
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        fresh = await once.first_time(db, field(form, "once"), services.now())
        if fresh:
            latest = extension.latest(await deadlines.of_case(db, row.id))
            if latest is None:
                raise NotNow
            await extension.extend(
                db,
                services.keyring,
                member=member_of(request).member,
                case_id=row.id,
                until=_end_of(field(form, "until"), services.calendar, latest),
                reason=field(form, "reason"),
                now=services.now(),
            )
    return go(request, f"/cases/{row.reference}", Notice("extended" if fresh else "twice"))


def _end_of(day: str, calendar: Calendar, latest: datetime) -> datetime:
    """Return when the office closes on *day*; on the last possible day, the last moment of it."""
    closes = calendar.hours[-1].closes
    until = datetime.combine(date.fromisoformat(day), closes, tzinfo=calendar.zone)
    same_day = until.date() == latest.astimezone(calendar.zone).date()
    return min(until, latest) if same_day else until


def _wrong(form: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    try:
        date.fromisoformat(field(form, "until"))
    except ValueError:
        errors["until"] = OUT_OF_RANGE
    reason = field(form, "reason")
    if not reason:
        errors["reason"] = EMPTY
    elif len(reason) > LONGEST:
        errors["reason"] = TOO_LONG
    return errors
