"""How it goes with each line, and the switch that lets nothing leave on one."""

from typing import Any

from aiohttp import web

from channels import dead_letters, lines, overview
from channels.ledger import State
from channels.overview import COUNTED, Health, Overview
from console import charts, delivery_words
from console.access import member_of
from console.notices import Notice, Undo
from console.responses import go, page
from console.services import services_of
from forum import audit, members
from forum.members import Right
from storage.unit_of_work import Reads

#: What has to be seen first stands first.
GRAVEST = (Health.SILENT, Health.PAUSED, Health.SLOW, Health.RESTS, Health.WELL)


async def show(request: web.Request) -> web.Response:
    """Show every line."""
    services = services_of(request)
    now = services.now()
    async with services.database.reading() as db:
        seen = await overview.read(db, services.lines, now)
        paused_by = await _names(db, seen)
        dead = await dead_letters.count(db)
    seen.sort(key=lambda one: (GRAVEST.index(one.health(now)), one.name))
    return await page(
        request,
        "channels.html",
        lines=seen,
        hours={one.name: charts.hour_of(one, now) for one in seen},
        waiting={one.name: charts.shares(one.waiting) for one in seen},
        paused_by=paused_by,
        dead=dead,
        dead_counted=dead_letters.LOOKED_AT,
        counted=COUNTED,
        State=State,
        hour_long=overview.HOUR,
        words=delivery_words,
        may_steer=member_of(request).may(Right.STEER_DELIVERY),
    )


async def ask(request: web.Request) -> web.Response:
    """Ask before nothing leaves on a line any more."""
    name = await _line(request)
    services = services_of(request)
    async with services.database.reading() as db:
        seen = await overview.read(db, [name], services.now())
    this = next(one for one in seen if one.name == name)
    return await page(
        request, "channel_pause.html", line=this, words=delivery_words, counted=COUNTED
    )


async def pause(request: web.Request) -> web.Response:
    """Let nothing more leave on a line."""
    return await _switch(request, open_again=False)


async def resume(request: web.Request) -> web.Response:
    """Let messages leave on a line again."""
    return await _switch(request, open_again=True)


async def _switch(request: web.Request, *, open_again: bool) -> web.Response:
    name, services = await _line(request), services_of(request)
    me, now = member_of(request).member, services.now()
    async with services.database.transaction() as db:
        if open_again:
            await lines.resume(db, name)
        else:
            await lines.pause(db, name, me.id, now)
        act = "line.resumed" if open_again else "line.paused"
        await audit.record(db, actor=me.id, act=act, subject=name, now=now)
    words: dict[str, Any] = {"line": delivery_words.line_name(name)}
    back = "pause" if open_again else "resume"
    undo = Undo(f"/channels/{name}/{back}", {})
    key = "line_resumed" if open_again else "line_paused"
    return go(request, "/channels", Notice(key, words=words, undo=undo))


async def _line(request: web.Request) -> str:
    """Return the line that the address names; 404 for one that nobody knows."""
    name, services = request.match_info["line"], services_of(request)
    async with services.database.reading() as db:
        known = {*services.lines, *await lines.read(db)}
    if name not in known:
        raise web.HTTPNotFound
    return name


async def _names(db: Reads, seen: list[Overview]) -> dict[str, str]:
    """Return who paused a line, by their id."""
    ids = {one.line.paused_by for one in seen if one.line.paused_by}
    found = {one: await members.get(db, one) for one in ids}
    return {one: member.name for one, member in found.items() if member}
