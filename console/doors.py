"""Every page's door: who may pass, which posts are believed, and what a failure looks like."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from console.access import VISIT, Visit, has_token, keep_alive, visit, way_to_sign_in
from console.pages import failures
from console.security import from_our_pages, harden
from console.services import services_of
from forum.members import Right

log = structlog.get_logger(__name__)

Page: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Passes(Enum):
    """Who may pass a door that asks for no right."""

    ANYONE = "anyone"
    MEMBERS = "members"
    CASEWORKERS = "caseworkers"  # all who may see some case


#: A right, any one of several, or whoever passes without one.
Needs: TypeAlias = Right | frozenset[Right] | Passes


@dataclass(frozen=True, slots=True)
class Door:
    """One page: its method and path, what it does, and who may pass.

    *hidden*: whoever may not pass is told that there is no such page. *largest*: bytes of a form
    that brings a file; None: what the server allows any form.
    """

    method: str
    path: str
    page: Page
    needs: Needs
    hidden: bool = False
    largest: int | None = None

    def admits(self, seen: Visit) -> bool:
        """Whether this visitor may pass."""
        if self.needs is Passes.ANYONE:
            return True
        if seen.signed_in is None:
            return False
        if isinstance(self.needs, Right):
            return seen.signed_in.may(self.needs)
        if isinstance(self.needs, frozenset):
            return any(seen.signed_in.may(right) for right in self.needs)
        return self.needs is Passes.MEMBERS or seen.signed_in.may_see_cases


def behind(door: Door) -> Handler:
    """Return *door*'s page as the server is to call it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if door.largest is not None:
            request = request.clone(client_max_size=door.largest)
        request[VISIT] = await visit(request)
        response = await _answered(request, lambda: _pass(door, request))
        harden(response.headers, https=services_of(request).https)
        return response

    return handle


async def _pass(door: Door, request: web.Request) -> web.StreamResponse:
    if not door.admits(request[VISIT]):
        return await _turned_away(door, request)
    if request.method == "POST" and not await _believed(door, request):
        return await failures.forged(request)
    await keep_alive(request)
    return await door.page(request)


async def _believed(door: Door, request: web.Request) -> bool:
    """Whether this post was made on a page of ours, and by the member whose session it uses."""
    if not from_our_pages(request, services_of(request).public_url):
        return False
    signed_in = request[VISIT].signed_in
    # A page for anyone acts for nobody: a form of it that lay open while somebody signed in
    # elsewhere still counts.
    if signed_in is None or door.needs is Passes.ANYONE:
        return True
    return await has_token(request, signed_in)


async def _turned_away(door: Door, request: web.Request) -> web.StreamResponse:
    if request[VISIT].signed_in is not None:
        return await (failures.missing(request) if door.hidden else failures.denied(request))
    if "HX-Request" in request.headers:
        # A page left open asks for news of itself: show nothing more, and ask who is there.
        return web.Response(status=401, headers={"HX-Redirect": "/sign-in"})
    if request.method == "POST":
        return await failures.signed_out_meanwhile(request)
    return web.Response(status=303, headers={"Location": way_to_sign_in(request)})


async def _answered(
    request: web.Request, ask: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await ask()
    except web.HTTPNotFound:
        return await failures.missing(request)
    except web.HTTPRequestEntityTooLarge:
        return await failures.too_large(request)
    except web.HTTPException:
        raise
    except Exception as error:
        if isinstance(error, ConnectionResetError) and request.transport is None:
            # Whoever sent it went on to another page before all of it had come: no failure of
            # ours, and nobody is there to read an answer.
            return web.Response(status=400)
        log.exception("page.failed")
        return await failures.broken(request)


#: Addresses that machines call: they are answered without a page.
MACHINES: Final = ("/hooks/", "/healthz", "/readyz", "/metrics")


@web.middleware
async def unknown_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer an address that nobody knows with a page, where a person asked for it."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if request.path.startswith(MACHINES):
            raise
        request[VISIT] = await visit(request)
        response = await failures.missing(request)
        harden(response.headers, https=services_of(request).https)
        return response
