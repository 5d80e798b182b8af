"""The sites of the forum: what is mined there and how, in a list that managers keep."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from aiohttp import web

from console.access import member_of
from console.notices import Notice
from console.outreach_words import DEPOSITS, METHODS, SCALES
from console.responses import field, go, page
from console.services import services_of
from forum import bodies, sites
from forum.bodies import Site, Taken
from forum.members import Right, printable
from forum.sites import Described, Wrong
from locales import N_

TAKEN: Final = N_("There is a site with this code already.")

#: What is said beside a field that is wrong.
PROBLEMS: Final[Mapping[str, str]] = {
    "code": N_("Write a code of letters and digits, at most 16 of them."),
    "name": N_("Write a name, of at most 200 characters."),
    "district": N_("Write a district, of at most 100 characters."),
    "mineral": N_("Write a mineral, of at most 50 characters."),
    "method": N_("Choose one of the list."),
    "deposit": N_("Choose one of the list."),
    "scale": N_("Choose one of the list."),
    "zone": N_("There is no such time zone. Write one such as Africa/Kampala."),
}

_NAMES: Final = tuple(one.name for one in fields(Described))


async def show(request: web.Request) -> web.Response:
    """List the sites."""
    return await _list(request)


async def add(request: web.Request) -> web.Response:
    """Add a site."""
    form, services = await request.post(), services_of(request)
    told = _told(form)
    try:
        async with services.database.transaction() as db:
            await sites.add(db, told, by=member_of(request).member.id, now=services.now())
    except (Wrong, Taken) as error:
        return await _list(request, form, _errors(error))
    return go(request, "/sites", Notice("site_kept", {"name": told.name}))


async def edit(request: web.Request) -> web.Response:
    """Show one site's form."""
    site = await _site(request)
    values = {name: getattr(site, name) or "" for name in _NAMES}
    return await _form(request, site, values)


async def change(request: web.Request) -> web.Response:
    """Say something else of a site."""
    form, services = await request.post(), services_of(request)
    site, told = await _site(request), _told(form)
    try:
        async with services.database.transaction() as db:
            by = member_of(request).member.id
            await sites.change(db, site.id, told, by=by, now=services.now())
    except (Wrong, Taken) as error:
        return await _form(request, site, form, _errors(error))
    return go(request, "/sites", Notice("site_kept", {"name": told.name}))


def _told(form: Mapping[str, Any]) -> Described:
    return Described(**{name: printable(field(form, name)) for name in _NAMES})


def _errors(error: Wrong | Taken) -> dict[str, str]:
    if isinstance(error, Taken):
        return {"code": TAKEN}
    return {name: PROBLEMS[name] for name in error.fields}


async def _site(request: web.Request) -> Site:
    async with services_of(request).database.reading() as db:
        site = await bodies.site_by_id(db, request.match_info["site"])
    if site is None:
        raise web.HTTPNotFound
    return site


async def _list(
    request: web.Request,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> web.Response:
    async with services_of(request).database.reading() as db:
        every = await bodies.all_sites(db)
    return await page(
        request,
        "sites.html",
        status=422 if errors else 200,
        every=every,
        may_edit=member_of(request).may(Right.MANAGE_MEMBERS),
        values=values or {},
        errors=errors or {},
        **_CHOICES,
    )


async def _form(
    request: web.Request,
    site: Site,
    values: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
) -> web.Response:
    return await page(
        request,
        "site.html",
        status=422 if errors else 200,
        site=site,
        values=values,
        errors=errors or {},
        **_CHOICES,
    )


_CHOICES: Final[Mapping[str, Any]] = {"methods": METHODS, "deposits": DEPOSITS, "scales": SCALES}
