"""Every page of the console: one line each, with who may pass."""

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from console import assets, hashing
from console.doors import Door, Passes, behind, unknown_pages
from console.pages import account, keys, members, queue, recovery, sign_in, welcome
from console.services import SERVICES, Services
from forum.members import Right

DOORS: Final = (
    Door("GET", "/", sign_in.home, Passes.ANYONE),
    Door("GET", "/sign-in", sign_in.show, Passes.ANYONE),
    Door("POST", "/sign-in", sign_in.sign_in, Passes.ANYONE),
    Door("POST", "/sign-out", sign_in.sign_out, Passes.MEMBERS),
    Door("POST", "/language", sign_in.switch_language, Passes.ANYONE),
    Door("GET", "/welcome/{token}", welcome.show, Passes.ANYONE),
    Door("POST", "/welcome/{token}", welcome.join, Passes.ANYONE),
    Door("GET", "/recovery", recovery.show, Passes.ANYONE),
    Door("POST", "/recovery", recovery.set_password, Passes.ANYONE),
    Door("GET", "/account", account.show, Passes.MEMBERS),
    Door("POST", "/account/password", account.change_password, Passes.MEMBERS),
    Door("GET", "/cases", queue.show, Passes.CASEWORKERS),
    Door("GET", "/members", members.show, Right.MANAGE_MEMBERS),
    Door("POST", "/members", members.invite, Right.MANAGE_MEMBERS),
    Door("POST", "/members/{member}/role", members.change_role, Right.MANAGE_MEMBERS),
    Door("GET", "/members/{member}/remove", members.confirm_removal, Right.MANAGE_MEMBERS),
    Door("POST", "/members/{member}/remove", members.remove, Right.MANAGE_MEMBERS),
    Door("GET", "/keys", keys.show, Right.TRIAGE),
    Door("POST", "/keys", keys.recover, Right.TRIAGE),
    Door("POST", "/keys/{member}", keys.grant, Right.TRIAGE),
)


def attach(app: web.Application, services: Services) -> None:
    """Hang the console's pages into *app*."""
    app[SERVICES] = services
    app.cleanup_ctx.append(_pool)
    app.middlewares.append(unknown_pages)
    app.router.add_get("/static/{name}", assets.serve)
    for door in DOORS:
        app.router.add_route(door.method, door.path, behind(door))


async def _pool(app: web.Application) -> AsyncIterator[None]:
    app[hashing.POOL] = hashing.new_pool()
    yield
    app[hashing.POOL].shutdown(wait=False, cancel_futures=True)
