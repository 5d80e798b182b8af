"""How much of a site must be told before enforcement: changed by one upwards, by two downwards."""

from typing import Final

from aiohttp import web

from console.access import member_of
from console.notices import Notice
from console.pages import terms
from console.pages.coverage import number
from console.responses import field, go
from console.services import services_of
from forum.members import NotAllowed
from locales import N_
from outreach import thresholds
from outreach.thresholds import MOST

NO_NUMBER: Final = N_("Write a number from 1 to 100.")


async def ask_for(request: web.Request) -> web.Response:
    """Ask for another threshold; less takes a second member."""
    services, form = services_of(request), await request.post()
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            percent = number(field(form, "threshold"), MOST)
            held = await thresholds.ask_for(db, percent, by=by, now=now)
    except ValueError:
        return await terms.shown(request, form, {"threshold": NO_NUMBER})
    except NotAllowed:
        return await terms.shown(request, form, {"threshold": terms.NOT_YOU})
    return go(request, "/terms", Notice("threshold_kept" if held else "threshold_wished"))


async def agree(request: web.Request) -> web.Response:
    """Agree to what another member wishes."""
    services, form = services_of(request), await request.post()
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            percent = number(field(form, "threshold"), MOST)
            await thresholds.agree(db, percent, by=by, now=now)
    except NotAllowed:
        return await terms.shown(request, errors={"threshold_agree": terms.NOT_YOU})
    return go(request, "/terms", Notice("threshold_kept"))
