"""Who is kept out of a case: a member steps aside, the lead keeps somebody out or lets them in."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from console.access import member_of
from console.casefile import open_file, row_of
from console.notices import Notice
from console.pages.case import case_page
from console.responses import field, go, page
from console.services import services_of
from forum import members
from forum.members import Member
from grievances import exclusions, routing
from grievances.exclusions import NobodyLeft, NotEligible
from locales import N_
from storage.unit_of_work import Reads

NOBODY_CHOSEN = N_("Choose somebody else than yourself.")
LAST = N_("Nobody else could open this case. Give a colleague access first.")


async def ask(request: web.Request) -> web.Response:
    """Ask before a member loses sight of a case."""
    async with services_of(request).database.reading() as db:
        row = await row_of(request, db)
    return await page(request, "aside.html", case=row)


async def step_aside(request: web.Request) -> web.Response:
    """Take the member off the case: from now on there is none for them."""
    services, me = services_of(request), member_of(request).member
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        try:
            await exclusions.step_aside(db, row.id, me, services.now())
        except NobodyLeft:
            return go(request, f"/cases/{row.reference}", Notice("nobody_left"))
        await routing.settle(db, row.id, now=services.now(), taxonomy=services.taxonomy)
    return go(request, "/cases", Notice("aside", {"reference": row.reference}))


async def bar(request: web.Request) -> web.Response:
    """Keep somebody out."""
    return await _decided(request, exclusions.bar, "barred")


async def admit(request: web.Request) -> web.Response:
    """Let somebody in again who was kept out by hand."""
    return await _decided(request, exclusions.admit, "admitted")


async def _decided(
    request: web.Request, decide: Callable[..., Awaitable[None]], done: str
) -> web.Response:
    """Do what the lead decides of whom the form chose."""
    services, me = services_of(request), member_of(request).member
    try:
        async with services.database.transaction() as db:
            row = await row_of(request, db)
            other = await _member(request, db)
            await decide(db, row.id, other.id, by=me, now=services.now())
            await routing.settle(db, row.id, now=services.now(), taxonomy=services.taxonomy)
    except NotEligible:
        return await _refused(request, NOBODY_CHOSEN)
    except NobodyLeft:
        return await _refused(request, LAST)
    return go(request, f"/cases/{row.reference}", Notice(done, {"name": other.name}))


async def _member(request: web.Request, db: Reads) -> Member:
    """Return whom the form chose. Raises ``NotEligible`` for nobody."""
    found = await members.get(db, field(await request.post(), "member"))
    if found is None:
        raise NotEligible
    return found


async def _refused(request: web.Request, problem: str) -> web.Response:
    file = await open_file(request)
    return await case_page(request, file, errors={"member": problem}, status=422)
