"""A member's own account: language, password, and when they are mailed."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from console import sessions
from console.access import SignedIn, member_of
from console.hashing import slowly
from console.new_passwords import problems, typed
from console.notices import Notice
from console.responses import field, go, page
from console.services import services_of
from console.words import ROLE_HELP, ROLES
from forum import members
from grievances import digests
from grievances.digests import How, Wish
from locales import N_
from vault import passwords
from vault.passwords import MAX_CHARACTERS, WrongPassword

WRONG = N_("That is not your present password.")
NO_WISH = N_("Choose when, from the list.")

HOURS: Final = 24

#: When a member can be mailed.
HOW: Final[Mapping[str, str]] = {
    How.NEVER: N_("Never"),
    How.DAILY: N_("On each working day"),
    How.AT_ONCE: N_("On each working day, and when something cannot wait"),
}


async def show(request: web.Request) -> web.Response:
    """Show who they are here, and the form for another password."""
    return await _page(request, {})


async def change_password(request: web.Request) -> web.Response:
    """Close the member's key under another password, and end their other sessions."""
    member = member_of(request)
    form = await request.post()
    errors = problems(form)
    if not await _knows(request, member, form):
        errors["present"] = WRONG
    if errors:
        return await _page(request, errors, status=422)
    services = services_of(request)
    wrapped = await slowly(
        request, passwords.wrap, member.session.private, typed(form), services.keyring.cost
    )
    async with services.database.transaction() as db:
        await members.change_password(db, member.member.id, wrapped, now=services.now())
        await sessions.end_all(db, member.member.id, but=member.session.id)
    return go(request, "/account", Notice("password_changed"))


async def switch_shortcuts(request: web.Request) -> web.Response:
    """Let single keys act on the pages, or not (WCAG 2.1, 2.1.4)."""
    on = bool(field(await request.post(), "shortcuts"))
    async with services_of(request).database.transaction() as db:
        await members.switch_shortcuts(db, member_of(request).member.id, on=on)
    return go(request, "/account", Notice("keys_on" if on else "keys_off"))


async def change_digest(request: web.Request) -> web.Response:
    """Keep when the member wishes to be mailed how much waits for them."""
    form, member = await request.post(), member_of(request)
    if not (services_of(request).mails and member.may_see_cases):
        raise web.HTTPNotFound
    wish = _wish(field(form, "how"), field(form, "hour"))
    if wish is None:
        return await _page(request, {"how": NO_WISH}, status=422)
    services = services_of(request)
    async with services.database.transaction() as db:
        await digests.choose(db, member.member.id, wish, services.now())
    return go(request, "/account", Notice("digest_chosen"))


def _wish(how: str, hour: str) -> Wish | None:
    """Return what was chosen; None: it is on no list of ours."""
    hours = {str(each): each for each in range(HOURS)}
    return Wish(How(how), hours[hour]) if how in HOW and hour in hours else None


async def _knows(request: web.Request, member: SignedIn, form: Mapping[str, Any]) -> bool:
    present = form.get("present")
    typed_now = present[: MAX_CHARACTERS + 1] if isinstance(present, str) else ""
    try:
        await slowly(
            request,
            members.open_private,
            member.member,
            typed_now,
            services_of(request).keyring.cost,
        )
    except WrongPassword:
        return False
    return True


async def _page(
    request: web.Request, errors: dict[str, str], *, status: int = 200
) -> web.Response:
    role = member_of(request).member.role
    async with services_of(request).database.reading() as db:
        wish = await digests.wish_of(db, member_of(request).member.id)
    return await page(
        request,
        "account.html",
        status=status,
        errors=errors,
        role=ROLES[role],
        role_help=ROLE_HELP[role],
        mails=services_of(request).mails,
        wish=wish,
        how=HOW,
        hours=range(HOURS),
    )
