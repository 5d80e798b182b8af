"""The link by which somebody joins: it works once, and they choose a password on it."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from console.hashing import slowly
from console.new_passwords import problems, typed
from console.pages.sign_in import open_session
from console.responses import field, go, page
from console.services import services_of
from console.words import ROLE_HELP, ROLES
from forum import invites, members
from forum.invites import EmailTaken, Invited, InviteSpent
from locales import N_

NO_NAME = N_("Write the name that your colleagues will see.")
NO_EMAIL = N_("Write an e-mail address, such as amina@example.org.")
TAKEN = N_("A member with this e-mail address is here already.")


async def show(request: web.Request) -> web.Response:
    """Show who invites and ask for a password."""
    invited = await _invited(request)
    return await (_form(request, invited, {}, {}) if invited else _spent(request))


async def join(request: web.Request) -> web.Response:
    """Make the member and sign them in."""
    invited = await _invited(request)
    if invited is None:
        return await _spent(request)
    form = await request.post()
    errors = {**_who(invited, form), **problems(form)}
    if errors:
        return await _form(request, invited, form, errors, status=422)
    try:
        return await _joined(request, form)
    except EmailTaken:
        return await _form(request, invited, form, {"email": TAKEN}, status=422)
    except InviteSpent:
        return await _spent(request)


async def _joined(request: web.Request, form: Mapping[str, Any]) -> web.Response:
    services = services_of(request)
    prepared = await slowly(request, members.prepare, typed(form), services.keyring)
    async with services.database.transaction() as db:
        member = await invites.accept(
            db,
            services.keyring,
            request.match_info["token"],
            prepared=prepared,
            email=field(form, "email"),
            name=field(form, "name"),
            now=services.now(),
        )
    response = go(request, "/")
    await open_session(request, response, member, prepared.pair.private)
    return response


def _who(invited: Invited, form: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with name and address, which the first lead gives and no other."""
    errors = {}
    if invited.name is None and not 0 < len(field(form, "name")) <= MAX_NAME:
        errors["name"] = NO_NAME
    if invited.email is None and not looks_like_email(field(form, "email")):
        errors["email"] = NO_EMAIL
    return errors


#: As long as the table's columns; RFC 5321 allows an address no more either.
MAX_NAME = 200
MAX_EMAIL = 254


def looks_like_email(text: str) -> bool:
    """Whether *text* could be an address; only a message that arrives would prove it."""
    name, at, domain = text.rpartition("@")
    plain = text.isprintable() and not any(c.isspace() for c in text)
    return bool(name and at and domain) and plain and len(text) <= MAX_EMAIL


async def _invited(request: web.Request) -> Invited | None:
    services = services_of(request)
    async with services.database.reading() as db:
        return await invites.read_invite(
            db, services.keyring, request.match_info["token"], services.now()
        )


async def _spent(request: web.Request) -> web.Response:
    return await page(request, "welcome_spent.html", status=404)


async def _form(
    request: web.Request,
    invited: Invited,
    values: Mapping[str, Any],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> web.Response:
    return await page(
        request,
        "welcome.html",
        status=status,
        invited=invited,
        role=ROLES[invited.role],
        role_help=ROLE_HELP[invited.role],
        values=values,
        errors=errors,
    )
