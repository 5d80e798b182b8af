"""The rules of where a case goes, a place to try them, and the survivors' focal points."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from console.access import member_of
from console.notices import Notice, Undo
from console.responses import field, go, page
from console.services import services_of
from console.words import BODY_KINDS, ESCALATED
from forum import bodies, members
from forum.members import Member, NotAllowed, Right
from grievances import focal_points, routing, routing_rules
from grievances.focal_points import LastOne
from grievances.routing_rules import Facts, Rule, SaysNothing, There
from grievances.taxonomy import Taxonomy
from locales import N_, languages
from storage.unit_of_work import Reads

NO_SEAT = N_("Choose the seat to which such cases go.")
NOTHING_SAID = N_("Say at least one thing about the cases: what, where, or in which language.")
THERE = N_("This very rule is there already.")
NOT_YOURS = N_("You cannot name this member: a focal point sees cases. Nobody names themselves.")
LAST = N_("Name another focal point first, who can sort cases.")


async def show(request: web.Request) -> web.Response:
    """List the rules, and try a case that there is not."""
    return await _page(request)


async def add(request: web.Request) -> web.Response:
    """Add a rule."""
    form, services = await request.post(), services_of(request)
    try:
        async with services.database.transaction() as db:
            if await bodies.seat_by_id(db, field(form, "seat")) is None:
                return await _page(request, values=form, errors={"seat": NO_SEAT})
            facts = await _facts(db, form, services_of(request).taxonomy)
            await routing_rules.add(db, facts, field(form, "seat"), **_by(request))
    except SaysNothing:
        return await _page(request, values=form, errors={"category": NOTHING_SAID})
    except There:
        return await _page(request, values=form, errors={"seat": THERE})
    return go(request, "/routing", Notice("rule_added"))


async def put_first(request: web.Request) -> web.Response:
    """Have a rule asked before those that say as much."""
    services = services_of(request)
    async with services.database.transaction() as db:
        await routing_rules.put_first(db, request.match_info["rule"], **_by(request))
    return go(request, "/routing", Notice("rule_first"))


async def remove(request: web.Request) -> web.Response:
    """Take a rule away."""
    services = services_of(request)
    async with services.database.transaction() as db:
        was = await routing_rules.remove(db, request.match_info["rule"], **_by(request))
    if was is None:
        return go(request, "/routing", Notice("gone_on"))
    return go(request, "/routing", Notice("rule_removed", undo=Undo("/routing", _fields(was))))


async def name_focal_point(request: web.Request) -> web.Response:
    """Have a member be a focal point of the survivors' lane."""
    services, me = services_of(request), member_of(request)
    member = await _chosen(request)
    try:
        async with services.database.transaction() as db:
            await focal_points.name(
                db,
                member,
                by=me.member,
                by_private=me.session.private,
                now=services.now(),
            )
    except NotAllowed:
        return await _page(request, errors={"member": NOT_YOURS})
    return go(request, "/routing", Notice("focal_named", {"name": member.name}))


async def unname_focal_point(request: web.Request) -> web.Response:
    """Have a member be a focal point no more."""
    services, member = services_of(request), await _chosen(request)
    try:
        async with services.database.transaction() as db:
            by = member_of(request).member
            await focal_points.unname(db, member, by=by, now=services.now())
    except NotAllowed:
        return await _page(request, errors={"member": NOT_YOURS})
    except LastOne:
        return await _page(request, errors={"member": LAST})
    return go(request, "/routing", Notice("focal_unnamed", {"name": member.name}))


def _by(request: web.Request) -> dict[str, Any]:
    return {"by": member_of(request).member.id, "now": services_of(request).now()}


async def _chosen(request: web.Request) -> Member:
    wished = field(await request.post(), "member")
    async with services_of(request).database.reading() as db:
        member = await members.get(db, wished)
    if member is None:
        raise web.HTTPNotFound
    return member


async def _facts(db: Reads, form: Mapping[str, Any], taxonomy: Taxonomy) -> Facts:
    """Return what a form says of cases; what nobody knows says nothing."""
    category, language = field(form, "category"), field(form, "language")
    sites = await bodies.all_sites(db)
    site = field(form, "site")
    district = field(form, "district")
    return Facts(
        category if category in taxonomy.offered else None,
        site if site in {one.id for one in sites} else None,
        district if district in {one.district for one in sites} else None,
        language if language in languages() else None,
    )


def _fields(rule: Rule) -> Mapping[str, str]:
    known = {"category": rule.category, "site": rule.site_id, "seat": rule.seat_id}
    known |= {"district": rule.district, "language": rule.language}
    return {name: value for name, value in known.items() if value is not None}


async def _tried(db: Reads, request: web.Request) -> Any:
    """Return where a case as the address describes it would go; None: nothing is described."""
    if "try" not in request.query:
        return None
    facts = await _facts(db, request.query, services_of(request).taxonomy)
    site = await bodies.site_by_id(db, facts.site_id) if facts.site_id else None
    district = site.district if site else facts.district
    described = Facts(facts.category, facts.site_id, district, facts.language)
    return await routing.route(db, described, services_of(request).taxonomy)


async def _page(
    request: web.Request,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> web.Response:
    me = member_of(request).member
    async with services_of(request).database.reading() as db:
        sites = await bodies.all_sites(db)
        everyone = await members.everyone(db)
        points = await focal_points.named(db)
        shown = {
            "rules": await routing_rules.rules(db),
            "bodies": {body.id: body for body in await bodies.all_bodies(db)},
            "seats": {seat.id: seat for seat in await bodies.all_seats(db)},
            "tried": await _tried(db, request),
        }
    named = {point.member_id for point in points}
    able = [each for each in everyone if each.may(Right.HANDLE) and me.may_give(each.role)]
    return await page(
        request,
        "routing.html",
        status=422 if errors else 200,
        sites={site.id: site for site in sites},
        districts=sorted({site.district for site in sites}),
        categories=services_of(request).taxonomy.categories,
        spoken={tag: one.name for tag, one in languages().items()},
        points=points,
        free=[each for each in able if each.id not in named and each.id != me.id],
        changeable={each.id for each in able},
        body_kinds=BODY_KINDS,
        escalated=ESCALATED,
        values=values or {},
        errors=errors or {},
        asked=request.query,
        **shown,
    )
