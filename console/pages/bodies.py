"""The bodies of the forum, their seats, and who sits where."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from console.access import member_of
from console.notices import Notice
from console.responses import field, go, page
from console.services import services_of
from console.words import BODY_KINDS
from forum import bodies, members, seating
from forum.bodies import LONGEST_NAME, Body, Seat, Taken
from forum.members import Member, NotAllowed
from grievances import parties
from locales import N_
from storage.unit_of_work import Reads

NO_NAME = N_("Write a name, of at most 200 characters.")
NO_KIND = N_("Choose what kind of body it is.")
THERE = N_("There is one of this name already.")
NOT_YOURS = N_("You cannot seat this member. Nobody seats themselves.")

#: The form to add a body, among those of the bodies and seats that have an id.
NEW: Final = "new"


async def show(request: web.Request) -> web.Response:
    """List bodies, seats, and who sits there."""
    return await _page(request)


async def add(request: web.Request) -> web.Response:
    """Add a body."""
    form = await request.post()
    problem = _wrong(form, kind=True)
    if problem:
        return await _page(request, NEW, problem, form)
    services, name = services_of(request), _name(form)
    try:
        async with services.database.transaction() as db:
            await bodies.add_body(db, name, field(form, "kind"), **_by(request))
    except Taken:
        return await _page(request, NEW, THERE, form)
    return go(request, "/bodies", Notice("body_added", {"name": name}))


async def change(request: web.Request) -> web.Response:
    """Rename a body, or say of what kind it is."""
    form, services = await request.post(), services_of(request)
    body = await _body(request)
    problem = _wrong(form, kind=True)
    if problem:
        return await _page(request, body.id, problem, form)
    try:
        async with services.database.transaction() as db:
            name, kind = _name(form), field(form, "kind")
            await bodies.change_body(db, body.id, name, kind, **_by(request))
    except Taken:
        return await _page(request, body.id, THERE, form)
    return go(request, "/bodies", Notice("body_added", {"name": _name(form)}))


async def add_seat(request: web.Request) -> web.Response:
    """Add a seat of a body."""
    form, services = await request.post(), services_of(request)
    body = await _body(request)
    problem = _wrong(form)
    if problem:
        return await _page(request, body.id, problem, form)
    try:
        async with services.database.transaction() as db:
            await bodies.add_seat(db, body.id, _name(form), **_by(request))
    except Taken:
        return await _page(request, body.id, THERE, form)
    return go(request, "/bodies", Notice("seat_added", {"name": _name(form)}))


async def rename_seat(request: web.Request) -> web.Response:
    """Rename a seat."""
    form, services = await request.post(), services_of(request)
    seat = await _seat(request)
    problem = _wrong(form)
    if problem:
        return await _page(request, seat.id, problem, form)
    try:
        async with services.database.transaction() as db:
            await bodies.rename_seat(db, seat, _name(form), **_by(request))
    except Taken:
        return await _page(request, seat.id, THERE, form)
    return go(request, "/bodies", Notice("seat_added", {"name": _name(form)}))


async def sit(request: web.Request) -> web.Response:
    """Let a member sit on a seat, and for its body: what names the body is hidden from them."""
    services, me = services_of(request), member_of(request).member
    seat, member = await _seat(request), await _chosen(request)
    now = services.now()
    try:
        async with services.database.transaction() as db:
            if await seating.sit(db, member, seat, by=me, now=now):
                await parties.seat(db, member.id, seat.body_id, by=me, now=now)
    except NotAllowed:
        return await _page(request, seat.id, NOT_YOURS)
    return go(request, "/bodies", Notice("seated", {"name": member.name}))


async def stand(request: web.Request) -> web.Response:
    """Let a member leave their seat."""
    services, me = services_of(request), member_of(request).member
    seat, member = await _seat(request), await _chosen(request)
    try:
        async with services.database.transaction() as db:
            await seating.stand(db, member, by=me, now=services.now())
    except NotAllowed:
        return await _page(request, seat.id, NOT_YOURS)
    return go(request, "/bodies", Notice("stood", {"name": member.name}))


def _by(request: web.Request) -> dict[str, Any]:
    return {"by": member_of(request).member.id, "now": services_of(request).now()}


def _name(form: Mapping[str, Any]) -> str:
    return members.printable(field(form, "name"))


def _wrong(form: Mapping[str, Any], *, kind: bool = False) -> str:
    if not 0 < len(_name(form)) <= LONGEST_NAME:
        return NO_NAME
    return NO_KIND if kind and field(form, "kind") not in BODY_KINDS else ""


async def _body(request: web.Request) -> Body:
    async with services_of(request).database.reading() as db:
        body = await bodies.body_by_id(db, request.match_info["body"])
    if body is None:
        raise web.HTTPNotFound
    return body


async def _seat(request: web.Request) -> Seat:
    async with services_of(request).database.reading() as db:
        seat = await bodies.seat_by_id(db, request.match_info["seat"])
    if seat is None:
        raise web.HTTPNotFound
    return seat


async def _chosen(request: web.Request) -> Member:
    wished = field(await request.post(), "member")
    async with services_of(request).database.reading() as db:
        member = await members.get(db, wished)
    if member is None or not member.active:
        raise web.HTTPNotFound
    return member


async def _page(
    request: web.Request, at: str = "", problem: str = "", values: Mapping[str, Any] | None = None
) -> web.Response:
    me = member_of(request).member
    async with services_of(request).database.reading() as db:
        every_body = await bodies.all_bodies(db)
        seats, sitting = await _seats(db)
        everyone = await members.everyone(db)
    return await page(
        request,
        "bodies.html",
        status=422 if problem else 200,
        bodies=every_body,
        seats=seats,
        sitting={
            seat_id: [member for member in everyone if sitting.get(member.id) == seat_id]
            for seat_id in set(sitting.values())
        },
        free=[each for each in everyone if each.id != me.id and me.may_give(each.role)],
        kinds=BODY_KINDS,
        longest=LONGEST_NAME,
        at=at,
        problem=problem,
        values=values or {},
    )


async def _seats(db: Reads) -> tuple[Mapping[str, list[Seat]], Mapping[str, str]]:
    by_body: dict[str, list[Seat]] = defaultdict(list)
    for seat in await bodies.all_seats(db):
        by_body[seat.body_id].append(seat)
    return by_body, await bodies.seated(db)
