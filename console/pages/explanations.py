"""How a case was routed, for an auditor: the rule, how many, who is kept out and why."""

from typing import Any

from aiohttp import web

from console.access import member_of
from console.responses import page
from console.services import services_of
from console.words import BODY_KINDS, ESCALATED, EXCLUSIONS
from forum import audit, members
from grievances import caseload, routing
from grievances.taxonomy import Taxonomy
from storage.unit_of_work import Reads


async def show(request: web.Request) -> web.Response:
    """Explain the case that was asked for; what there is not and what is hidden are one."""
    services, me = services_of(request), member_of(request).member
    asked = request.query.get("find", "").strip()
    found: dict[str, Any] = {}
    async with services.database.transaction() as db:
        case_id = await routing.find(db, me, caseload.read_reference(asked)) if asked else None
        if case_id is not None:
            found = await _explained(db, case_id, services_of(request).taxonomy)
            act = "case.explained"
            await audit.record(db, actor=me.id, act=act, subject=case_id, now=services.now())
    return await page(
        request,
        "explanations.html",
        asked=asked[:20],
        body_kinds=BODY_KINDS,
        escalated=ESCALATED,
        exclusion_words=EXCLUSIONS,
        **{"found": None, "given": (), "names": {}, **found},
    )


async def _explained(db: Reads, case_id: str, taxonomy: Taxonomy) -> dict[str, Any]:
    given = await routing.history(db, case_id)
    names = {member.id: member.name for member in await members.everyone(db)}
    found = await routing.of_case(db, case_id, taxonomy)
    return {"found": found, "given": given, "names": names}
