"""The list of cases, the one with the least time left first."""

from typing import Any, Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from console.access import SignedIn, member_of
from console.notices import Notice
from console.responses import go, page
from console.services import services_of
from console.words import DEADLINES, ESCALATED, SEVERITIES, STATES, THEN
from forum.members import Right
from grievances import caseload
from grievances.caseload import Show
from locales import N_

FILTERS: Final = {
    Show.OPEN: N_("All open"),
    Show.MINE: N_("Mine"),
    Show.UNASSIGNED: N_("Nobody has it"),
    Show.UNANSWERED: N_("Not answered"),
    Show.OVERDUE: N_("Overdue"),
    Show.ENDED: N_("Closed"),
}

#: For those who see only what is assigned to them, «mine» and «nobody has it» say nothing.
TRIAGERS_ONLY: Final = frozenset({Show.MINE, Show.UNASSIGNED})


async def show(request: web.Request) -> web.Response:
    """List one part of the cases that this member may see."""
    member = member_of(request)
    wished = request.query.get("find", "").strip()
    if wished:
        return await _find(request, member, wished)
    part = _part(request.query.get("show", ""))
    return await page(request, "queue.html", **await _listed(request, member, part))


async def _find(request: web.Request, member: SignedIn, reference: str) -> web.Response:
    async with services_of(request).database.reading() as db:
        found = await caseload.find(db, member.member, reference)
    if found is not None:
        return go(request, f"/cases/{found.reference}")
    typed = reference[:20].upper()
    return go(request, "/cases", Notice("no_such_case", {"reference": typed}))


async def _listed(request: web.Request, member: SignedIn, part: Show) -> dict[str, Any]:
    services = services_of(request)
    cursor = request.query.get("page")
    async with services.database.reading() as db:
        listed = await caseload.queue(
            db, member.member, now=services.now(), show=part, page=cursor
        )
        counts = await _counts(db, request, member)
    return {
        "rows": listed.rows,
        "next_page": listed.next,
        "first_page": cursor is None,
        "part": part,
        "filters": {shown: FILTERS[shown] for shown in counts},
        "counts": counts,
        "Show": Show,
        "categories": services.taxonomy.categories,
        "states": STATES,
        "severities": SEVERITIES,
        "steps": DEADLINES,
        "escalated": ESCALATED,
        "then": THEN,
    }


async def _counts(db: AsyncConnection, request: web.Request, member: SignedIn) -> dict[Show, int]:
    parts = [part for part in FILTERS if member.may(Right.TRIAGE) or part not in TRIAGERS_ONLY]
    now = services_of(request).now()
    return {part: await caseload.count(db, member.member, now=now, show=part) for part in parts}


def _part(name: str) -> Show:
    try:
        return Show(name)
    except ValueError:
        return Show.OPEN
