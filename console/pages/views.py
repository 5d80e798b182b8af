"""Views of the queue: keep one, call it otherwise, delete it."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from console import filter_form
from console.access import VISIT, member_of
from console.notices import Notice, Undo
from console.responses import field, go, page
from console.services import services_of
from grievances import filters, views
from grievances.views import NAME_CHARACTERS, NoName, NotYours, Refused, Taken, TooMany
from locales import N_

#: Why a view is not kept.
WHY: Final[Mapping[type[Refused], str]] = {
    NoName: N_("Give it a name of at most 40 characters."),
    Taken: N_("There is a view of this name already."),
    TooMany: N_("There are twelve already. Delete one first."),
    NotYours: N_("Only a lead can share a view."),
}

NOTHING: Final[Mapping[str, Any]] = {}


async def show(request: web.Request) -> web.Response:
    """List the views of this member."""
    return await _page(request)


async def keep(request: web.Request) -> web.Response:
    """Keep a filter under a name."""
    form, services = await request.post(), services_of(request)
    chosen = filters.of_address(field(form, "query"))
    try:
        async with services.database.transaction() as db:
            await views.keep(
                db,
                member_of(request).member,
                field(form, "name"),
                chosen,
                shared=bool(field(form, "shared")),
                now=services.now(),
            )
    except Refused as refused:
        return await _page(request, draft=form, errors={"view": WHY[type(refused)]}, status=422)
    query = filters.address(chosen)
    return go(request, f"/cases?{query}", Notice("view_kept", {"name": field(form, "name")}))


async def rename(request: web.Request) -> web.Response:
    """Call a view otherwise."""
    form, view_id = await request.post(), request.match_info["view"]
    try:
        async with services_of(request).database.transaction() as db:
            before = await views.rename(
                db, member_of(request).member, view_id, field(form, "name")
            )
    except NotYours:
        raise web.HTTPNotFound from None
    except Refused as refused:
        return await _page(request, renamed=form, errors={view_id: WHY[type(refused)]}, status=422)
    undo = Undo(f"/views/{view_id}/rename", {"name": before.name})
    return go(request, "/views", Notice("view_renamed", {"name": field(form, "name")}, undo=undo))


async def forget(request: web.Request) -> web.Response:
    """Delete a view; the notice can bring it back."""
    try:
        async with services_of(request).database.transaction() as db:
            gone = await views.forget(db, member_of(request).member, request.match_info["view"])
    except NotYours:
        raise web.HTTPNotFound from None
    fields = {"name": gone.name, "query": filters.address(gone.chosen)}
    undo = Undo("/views", fields | ({"shared": "yes"} if gone.shared else {}))
    return go(request, "/views", Notice("view_gone", {"name": gone.name}, undo=undo))


async def _page(
    request: web.Request,
    *,
    draft: Mapping[str, Any] = NOTHING,
    renamed: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
    status: int = 200,
) -> web.Response:
    member, language = member_of(request).member, request[VISIT].language
    async with services_of(request).database.reading() as db:
        kept = await views.of(db, member)
        offer = await filter_form.offer(db, member, language, services_of(request).taxonomy)
    listed = [(view, offer.chips(view.chosen), filters.address(view.chosen)) for view in kept]
    return await page(
        request,
        "views.html",
        status=status,
        kept=listed,
        changeable={view.id for view in kept if views.may_change(member, view)},
        query=field(draft, "query"),
        typed=field(draft, "name"),
        shared=bool(field(draft, "shared")),
        renamed=field(renamed, "name"),
        errors=errors,
        shows=filter_form.SHOWS,
        orders=filter_form.ORDERS,
        name_characters=NAME_CHARACTERS,
    )
