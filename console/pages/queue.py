"""The list of cases, the one with the least time left first."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from console import filter_form
from console.access import VISIT, SignedIn, member_of
from console.notices import Notice
from console.responses import go, page
from console.services import Services, services_of
from console.words import DEADLINES, ESCALATED, SEVERITIES, STATES, THEN, TURNS
from grievances import caseload, filters, views
from grievances.filters import Filter, Show
from grievances.views import NAME_CHARACTERS, View

#: What a row of cases needs to be said in words, beside the categories.
_WORDS: Final[Mapping[str, Any]] = {
    "states": STATES,
    "severities": SEVERITIES,
    "steps": DEADLINES,
    "escalated": ESCALATED,
    "then": THEN,
    "turns": TURNS,
}


def words(services: Services) -> Mapping[str, Any]:
    """Return what a row of cases needs to be said in words, here and wherever cases are listed."""
    return {"categories": services.taxonomy.categories, **_WORDS}


async def show(request: web.Request) -> web.Response:
    """List what is chosen of the cases that this member may see."""
    member = member_of(request)
    wished = request.query.get("find", "").strip()
    if wished:
        return await _find(request, member, wished)
    chosen = filters.read(request.query)
    return await page(request, "queue.html", **await _listed(request, member, chosen))


async def _find(request: web.Request, member: SignedIn, reference: str) -> web.Response:
    async with services_of(request).database.reading() as db:
        found = await caseload.find(db, member.member, reference)
    if found is not None:
        return go(request, f"/cases/{found.reference}")
    typed = reference[:20].upper()
    return go(request, "/cases", Notice("no_such_case", {"reference": typed}))


async def _listed(request: web.Request, signed_in: SignedIn, chosen: Filter) -> dict[str, Any]:
    services, member = services_of(request), signed_in.member
    cursor, now, zone = request.query.get("page"), services.now(), services.zone
    async with services.database.reading() as db:
        listed = await caseload.queue(db, member, now=now, chosen=chosen, zone=zone, page=cursor)
        kept = await views.of(db, member)
        shown = filter_form.shows(member)
        asked = [*(Filter(show=part) for part in shown), *(view.chosen for view in kept)]
        counts = await caseload.counts(db, member, asked, now=now, zone=zone)
        offer = await filter_form.offer(db, member, request[VISIT].language, services.taxonomy)
    chips = offer.chips(chosen)
    return {
        "rows": listed.rows,
        "next_page": listed.next,
        "first_page": cursor is None,
        "chosen": chosen,
        "here": filters.address(chosen),
        "counted": caseload.COUNTED,
        "tabs": dict(zip(shown, counts, strict=False)),
        "kept": list(zip(kept, map(_query, kept), counts[len(shown) :], strict=True)),
        "fields": offer.fields(chosen),
        "chips": chips,
        "unlike": bool(chips) or filters.address(chosen) != filters.address(Filter(chosen.show)),
        "shows": filter_form.SHOWS,
        "orders": filter_form.ORDERS,
        "name_characters": NAME_CHARACTERS,
        "Show": Show,
        **words(services),
    }


def _query(view: View) -> str:
    return filters.address(view.chosen)
