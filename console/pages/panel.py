"""Who sits on the appeal panel: named on the page on which those are who answer for each level."""

from aiohttp import web

from console.access import member_of
from console.notices import Notice
from console.pages.escalation import NOT_YOURS, show_with
from console.responses import field, go
from console.services import services_of
from forum import members
from forum.members import Member, NotAllowed
from grievances import panel
from storage.unit_of_work import Reads

#: Beside the numbers of the levels, which the errors of that page are kept by.
PANEL = "panel"


async def name(request: web.Request) -> web.Response:
    """Have a member sit on the panel."""
    services, by = services_of(request), member_of(request).member
    try:
        async with services.database.transaction() as db:
            member = await _member(request, db)
            await panel.name(db, member, by=by, now=services.now())
    except NotAllowed:
        return await show_with(request, {PANEL: NOT_YOURS})
    return go(request, "/escalation#panel", Notice("sits", {"name": member.name}))


async def unname(request: web.Request) -> web.Response:
    """Have a member sit on the panel no more."""
    services, by = services_of(request), member_of(request).member
    async with services.database.transaction() as db:
        member = await _member(request, db)
        await panel.unname(db, member.id, by=by, now=services.now())
    return go(request, "/escalation#panel", Notice("sits_no_more", {"name": member.name}))


async def _member(request: web.Request, db: Reads) -> Member:
    member = await members.get(db, field(await request.post(), "member"))
    if member is None:
        raise web.HTTPNotFound
    return member
