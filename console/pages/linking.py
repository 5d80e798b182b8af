"""Link two cases that are worth reading side by side, and take that back."""

from aiohttp import web

from console.access import member_of
from console.casefile import open_file, row_of
from console.notices import Notice, Undo
from console.pages.case import case_page
from console.pages.merging import ITSELF, NONE
from console.responses import field, go
from console.services import services_of
from grievances import caseload, links
from grievances.links import Kind


async def relate(request: web.Request) -> web.Response:
    """Say that another case is related to this one."""
    services, me = services_of(request), member_of(request).member
    form = await request.post()
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        other = await caseload.find(db, me, field(form, "other"))
        link = ""
        if other is not None and other.id != row.id:
            link = await links.join(
                db, row.id, other.id, Kind.RELATED, by=me.id, now=services.now()
            )
    if not link or other is None:
        problem = NONE if other is None else ITSELF
        file = await open_file(request)
        return await case_page(request, file, form, {"other": problem}, status=422)
    here = f"/cases/{row.reference}"
    said = {"reference": row.reference, "other": other.reference}
    return go(request, here, Notice("linked", said, undo=Undo(f"{here}/links/{link}/undo", {})))


async def undo(request: web.Request) -> web.Response:
    """Take back that two cases are related; a link that this member may not see is not there."""
    services, me = services_of(request), member_of(request).member
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        seen = await links.of_case(db, me, row.id)
        link = next((one for one in seen if one.id == request.match_info["link"]), None)
        if link is None or link.kind is not Kind.RELATED:
            raise web.HTTPNotFound
        await links.undo(db, link.id, by=me.id, now=services.now())
    said = {"reference": row.reference, "other": link.reference}
    return go(request, f"/cases/{row.reference}", Notice("unlinked", said))
