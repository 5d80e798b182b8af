"""The themes under which voices are gathered."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from console.access import member_of
from console.notices import Notice, Undo
from console.pages.case import NOTHING
from console.responses import field, go, page
from console.services import services_of
from console.voice_words import TAKEN, UNNAMED
from outreach import themes
from outreach.themes import Taken, Theme, Unnamed

#: What is done to one theme.
Act = Callable[..., Awaitable[None]]


async def show(request: web.Request) -> web.Response:
    """List them."""
    return await _page(request)


async def add(request: web.Request) -> web.Response:
    """Add one."""
    services, name = services_of(request), field(await request.post(), "name")
    try:
        async with services.database.transaction() as db:
            await themes.add(db, name, by=member_of(request).member, now=services.now())
    except (Unnamed, Taken) as wrong:
        return await _page(request, {"name": name}, {"name": _said(wrong)})
    return go(request, "/themes", Notice("theme_kept"))


async def rename(request: web.Request) -> web.Response:
    """Call one otherwise."""
    services, theme = services_of(request), await _theme(request)
    typed = f"name_{theme.id}"
    name = field(await request.post(), typed)
    try:
        async with services.database.transaction() as db:
            given: dict[str, Any] = {"by": member_of(request).member, "now": services.now()}
            await themes.rename(db, theme.id, name, **given)
    except (Unnamed, Taken) as wrong:
        return await _page(request, {typed: name}, {typed: _said(wrong)})
    return go(request, "/themes", Notice("theme_kept"))


async def retire(request: web.Request) -> web.Response:
    """Offer one no longer."""
    undo = Undo(f"/themes/{request.match_info['theme']}/back", {})
    return await _turned(request, themes.retire, Notice("theme_retired", undo=undo))


async def back(request: web.Request) -> web.Response:
    """Offer one again."""
    return await _turned(request, themes.bring_back, Notice("theme_back"))


async def _turned(request: web.Request, act: Act, said: Notice) -> web.Response:
    services, theme = services_of(request), await _theme(request)
    async with services.database.transaction() as db:
        await act(db, theme.id, by=member_of(request).member, now=services.now())
    return go(request, "/themes", said)


async def _theme(request: web.Request) -> Theme:
    async with services_of(request).database.reading() as db:
        every = await themes.every(db)
    found = next((one for one in every if one.id == request.match_info["theme"]), None)
    if found is None:
        raise web.HTTPNotFound
    return found


def _said(wrong: Exception) -> str:
    return TAKEN if isinstance(wrong, Taken) else UNNAMED


async def _page(
    request: web.Request,
    values: Mapping[str, str] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    async with services_of(request).database.reading() as db:
        every = await themes.every(db)
    names = {f"name_{theme.id}": theme.name for theme in every}
    return await page(
        request,
        "themes.html",
        status=422 if errors else 200,
        offered=[theme for theme in every if not theme.retired],
        retired=[theme for theme in every if theme.retired],
        values={**names, **values},
        errors=errors,
    )
