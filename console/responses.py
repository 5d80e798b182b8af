"""The answers that pages give: a page, or the way to another."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from console import notices, templating
from console.access import VISIT
from console.notices import Notice
from console.sections import open_to, where
from console.services import LANGUAGES, services_of
from forum.alarms import alarms
from forum.members import Right
from grievances.exclusions import hidden_from


async def page(
    request: web.Request, template: str, *, status: int = 200, **values: Any
) -> web.Response:
    """Answer with *template*, filled with *values* and with what every page shows."""
    services = services_of(request)
    visit = request[VISIT]
    section = request.path.split("/")[1]
    house = open_to(visit.signed_in, simulator=services.simulator) if visit.signed_in else ()
    notice = notices.take(request, services.keyring)
    text = templating.render(
        template,
        visit.language,
        **{
            "now": services.now(),
            "zone": services.zone,
            "languages": LANGUAGES,
            "path": request.path_qs,
            "section": section,
            "sections": house,
            "standing": where(house, section),
            "signed_in": visit.signed_in,
            "Right": Right,
            "simulator": services.simulator,
            "notice": notice,
            "alarms": () if "alarms" in values else await _alarms(request),
            **values,
        },
    )
    response = web.Response(text=text, content_type="text/html", status=status)
    if notices.COOKIE in request.cookies:
        response.del_cookie(notices.COOKIE)
    return response


def go(request: web.Request, path: str, notice: Notice | None = None) -> web.Response:
    """Send the browser to *path* by GET, where *notice* is said."""
    response = web.Response(status=303, headers={"Location": path})
    if notice is not None:
        services = services_of(request)
        notices.leave(response, notice, services.keyring, https=services.https)
    return response


def field(form: Mapping[str, Any], name: str) -> str:
    """Return what was typed into *name*, trimmed; empty for a file or nothing."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def ticked(form: Mapping[str, Any], name: str) -> list[str]:
    """Return what was ticked among the boxes of *name*; nothing where no form was sent."""
    given = form.getall(name, []) if isinstance(form, MultiMapping) else []
    return [one for one in given if isinstance(one, str)]


async def _alarms(request: web.Request) -> Any:
    signed_in = request[VISIT].signed_in
    if signed_in is None or not signed_in.may(Right.TRIAGE):
        return ()
    services = services_of(request)
    async with services.database.reading() as db:
        hidden = hidden_from(signed_in.member.id)
        return await alarms(db, services.now(), apart_from=hidden)
