"""Who answers when a due date has passed, level by level."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from console.access import member_of
from console.notices import Notice
from console.responses import field, go, page
from console.services import services_of
from console.words import LEVELS
from forum import members
from forum.members import Member, NotAllowed, Right
from grievances import escalation, panel
from locales import N_

NOT_YOURS = N_("You cannot name this member: who answers for a level sees cases.")


async def show(request: web.Request) -> web.Response:
    """Show who answers for each level."""
    return await _page(request)


async def show_with(request: web.Request, errors: Mapping[int | str, str]) -> web.Response:
    """Show it again, with what was refused."""
    return await _page(request, errors=errors)


async def name(request: web.Request) -> web.Response:
    """Have a member answer for a level."""
    return await _change(request, "named", _named)


async def unname(request: web.Request) -> web.Response:
    """Have a member answer for a level no more."""
    return await _change(request, "unnamed", _unnamed)


async def _named(db: Any, level: int, member: Member, given: Mapping[str, Any]) -> None:
    await escalation.name(db, level, member, **given)


async def _unnamed(db: Any, level: int, member: Member, given: Mapping[str, Any]) -> None:
    await escalation.unname(db, level, member.id, **given)


async def _change(
    request: web.Request, done: str, change: Callable[..., Awaitable[None]]
) -> web.Response:
    level, services = _level(request), services_of(request)
    wished = field(await request.post(), "member")
    given = {"by": member_of(request).member, "now": services.now()}
    try:
        async with services.database.transaction() as db:
            member = await members.get(db, wished)
            if member is None:
                raise web.HTTPNotFound
            await change(db, level, member, given)
    except NotAllowed:
        return await _page(request, errors={level: NOT_YOURS})
    return go(request, "/escalation", Notice(done, {"name": member.name}))


def _level(request: web.Request) -> int:
    known = {str(level): level for level in LEVELS}
    try:
        return known[request.match_info["level"]]
    except KeyError:
        raise web.HTTPNotFound from None


async def _page(
    request: web.Request, *, errors: Mapping[int | str, str] | None = None
) -> web.Response:
    me = member_of(request).member
    async with services_of(request).database.reading() as db:
        named = await escalation.named(db)
        sitting = await panel.named(db)
        everyone = await members.everyone(db)
    seated = {one.member_id for one in sitting}
    taken = {(one.level, one.member_id) for one in named}
    able = [each for each in everyone if each.may(Right.HANDLE) and me.may_give(each.role)]
    return await page(
        request,
        "escalation.html",
        status=422 if errors else 200,
        levels=LEVELS,
        named=named,
        free={level: [each for each in able if (level, each.id) not in taken] for level in LEVELS},
        panel=sitting,
        could_sit=[each for each in able if each.id not in seated],
        errors=errors or {},
    )
