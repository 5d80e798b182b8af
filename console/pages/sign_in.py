"""Sign in and out, and the language switch."""

from typing import Final

from aiohttp import web

from console import attempts, sessions
from console.access import (
    COOKIE,
    KNOWN_COOKIE,
    LANGUAGE_COOKIE,
    VISIT,
    local_path,
    member_of,
)
from console.hashing import slowly
from console.notices import Notice
from console.responses import field, go, page
from console.services import LANGUAGES, Services, services_of
from forum import audit, members
from forum.members import Member, Right
from locales import N_
from vault.passwords import MAX_CHARACTERS, WrongPassword
from vault.seals import CannotOpen

#: A year, in seconds: how long a browser is remembered as known, and keeps its language.
REMEMBERED = 365 * 24 * 3600

WRONG = N_("E-mail address or password is wrong.")
TOO_MANY = N_("Too many tries. Wait a quarter of an hour, then try again.")


#: Where the work is of those who see no case.
HOMES: Final = {
    Right.MANAGE_MEMBERS: "/members",
    Right.BROADCAST: "/broadcasts",
    Right.FILE: "/file",
    Right.AUDIT: "/explanations",
}


async def home(request: web.Request) -> web.Response:
    """Send everybody to where their work is."""
    signed_in = request[VISIT].signed_in
    if signed_in is None:
        return go(request, "/sign-in")
    if signed_in.may_see_cases:
        return go(request, "/cases")
    home = next((path for right, path in HOMES.items() if signed_in.may(right)), "/account")
    return go(request, home)


async def show(request: web.Request) -> web.Response:
    """Show the form."""
    if request[VISIT].signed_in is not None:
        return go(request, local_path(request.query.get("next", "")))
    return await _form(request, {"next": request.query.get("next", "")})


async def sign_in(request: web.Request) -> web.Response:
    """Open a session for whoever knows the password."""
    form = await request.post()
    email, password = field(form, "email"), form.get("password")
    if not await may_try(request, email):
        return await _form(request, form, TOO_MANY, status=429)
    opened = await _opened(request, email, password if isinstance(password, str) else "")
    if opened is None:
        return await _form(request, form, WRONG, status=422)
    member, private = opened
    response = go(request, local_path(field(form, "next")))
    await open_session(request, response, member, private)
    return response


async def open_session(
    request: web.Request, response: web.Response, member: Member, private: bytes
) -> None:
    """Sign *member* in and give the browser what proves it."""
    services = services_of(request)
    now = services.now()
    async with services.database.transaction() as db:
        secret = await sessions.start(
            db, services.keyring, member_id=member.id, private=private, now=now
        )
        await attempts.forgive(db, services.keyring, **_try(request, member.email))
        await audit.record(db, actor=member.id, act="signed.in", subject=member.id, now=now)
    _set(response, services, COOKIE, secret, max_age=None)
    mark = attempts.mark(services.keyring, member.email)
    _set(response, services, KNOWN_COOKIE, mark, max_age=REMEMBERED)


async def sign_out(request: web.Request) -> web.Response:
    """End this session."""
    services = services_of(request)
    async with services.database.transaction() as db:
        await sessions.end(db, member_of(request).session.id)
    response = go(request, "/sign-in", Notice("signed_out"))
    response.del_cookie(COOKIE)
    return response


async def here(_request: web.Request) -> web.Response:
    """Answer to a page on which somebody types, so that no half-written answer is locked out."""
    return web.Response(status=204)


async def switch_language(request: web.Request) -> web.Response:
    """Speak another language from now on."""
    form = await request.post()
    language = field(form, "language")
    if language not in LANGUAGES:
        raise web.HTTPNotFound
    services = services_of(request)
    signed_in = request[VISIT].signed_in
    if signed_in is not None:
        async with services.database.transaction() as db:
            await members.change_language(db, signed_in.member.id, language)
    response = go(request, local_path(field(form, "back")))
    _set(response, services, LANGUAGE_COOKIE, language, max_age=REMEMBERED)
    return response


async def may_try(request: web.Request, email: str) -> bool:
    """Count one more try to get in as *email*; whether it may be judged."""
    services = services_of(request)
    async with services.database.transaction() as db:
        return await attempts.allowed(
            db, services.keyring, now=services.now(), **_try(request, email)
        )


def _try(request: web.Request, email: str) -> dict[str, str]:
    known = request.cookies.get(KNOWN_COOKIE, "")
    return {"email": email, "address": request.remote or "", "known": known}


async def _opened(request: web.Request, email: str, password: str) -> tuple[Member, bytes] | None:
    services = services_of(request)
    async with services.database.reading() as db:
        member = await members.by_email(db, email)
    try:
        # Takes as long for an address that nobody has.
        private = await slowly(
            request,
            members.open_private,
            member,
            password[: MAX_CHARACTERS + 1],
            services.keyring.cost,
        )
    except (WrongPassword, CannotOpen):
        return None
    return (member, private) if member is not None else None


async def _form(
    request: web.Request, values: object, problem: str = "", *, status: int = 200
) -> web.Response:
    errors = {"email": problem} if problem else {}
    return await page(request, "sign_in.html", status=status, values=values, errors=errors)


def _set(
    response: web.Response, services: Services, name: str, value: str, *, max_age: int | None
) -> None:
    response.set_cookie(
        name, value, max_age=max_age, httponly=True, samesite="Lax", secure=services.https
    )
