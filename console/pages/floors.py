"""A second person decides whether a case may be milder than its category."""

from aiohttp import web

from console.access import member_of
from console.casefile import open_file, private_key, row_of
from console.notices import Notice
from console.pages.case import case_page
from console.responses import field, go
from console.services import services_of
from grievances import floors, triage
from grievances.caseload import CaseRow
from grievances.exclusions import NotEligible
from grievances.floors import Decided
from grievances.states import NotAllowed

#: What each answer is told.
ANSWERS = {"agree": "floor_agreed", "decline": "floor_declined", "withdraw": "floor_withdrawn"}


async def decide(request: web.Request) -> web.Response:
    """Agree, decline, or take back what one has asked for."""
    form, services = await request.post(), services_of(request)
    answer = field(form, "answer")
    async with services.database.reading() as db:
        row = await row_of(request, db)
        reads = await private_key(request, db, row.id) is not None
    if not reads:  # who has not read why does not decide
        return await case_page(request, await open_file(request), status=422)
    path = f"/cases/{row.reference}"
    try:
        done = await _decided(request, row, answer, field(form, "wish"))
    except NotEligible:
        return go(request, path, Notice("not_alone"))
    except (Decided, NotAllowed):
        return go(request, path, Notice("gone_on"))
    return go(request, path, Notice(done, {"reference": row.reference}))


async def _decided(request: web.Request, row: CaseRow, answer: str, wish: str) -> str:
    """Do it, and return what to say. Raises as ``grievances.floors`` does."""
    by, services = member_of(request).member, services_of(request)
    if answer not in ANSWERS:
        raise Decided
    async with services.database.transaction() as db:
        held = await triage.held_by_triager(db, row.id, by)
        if answer == "withdraw":
            await floors.withdraw(db, held, wish, by=by, now=services.now())
        else:
            agreed = answer == "agree"
            await floors.decide(db, held, wish, agreed=agreed, by=by, now=services.now())
    return ANSWERS[answer]
