"""A forgotten password: the recovery passphrase from the safe lets its owner set another."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from console import sessions
from console.hashing import slowly
from console.new_passwords import problems, typed
from console.pages.sign_in import TOO_MANY, may_try, open_session
from console.responses import field, go, page
from console.services import services_of
from forum import members
from forum.members import Member
from locales import N_
from vault import passwords
from vault.recovery import BadPassphrase, pair_from
from vault.seals import CannotOpen

#: One sentence for all: a stranger does not learn who has an account.
NOT_OPENED = N_("This passphrase does not open the account with this e-mail address.")


async def show(request: web.Request) -> web.Response:
    """Show the form."""
    return await _form(request, {}, {})


async def set_password(request: web.Request) -> web.Response:
    """Open the key by the passphrase and close it again under a new password."""
    form = await request.post()
    if not await may_try(request, field(form, "email")):
        return await _form(request, form, {"passphrase": TOO_MANY}, status=429)
    errors = problems(form)
    opened = await _opened(request, field(form, "email"), field(form, "passphrase"))
    if opened is None:
        errors["passphrase"] = NOT_OPENED
    if opened is None or errors:
        return await _form(request, form, errors, status=422)
    return await _kept(request, *opened, typed(form))


async def _opened(
    request: web.Request, email: str, passphrase: str
) -> tuple[Member, bytes] | None:
    async with services_of(request).database.reading() as db:
        member = await members.by_email(db, email)
    if member is None:
        return None
    try:
        return member, members.private_by_recovery(member, pair_from(passphrase))
    except (BadPassphrase, CannotOpen):
        return None


async def _kept(
    request: web.Request, member: Member, private: bytes, password: str
) -> web.Response:
    services = services_of(request)
    wrapped = await slowly(request, passwords.wrap, private, password, services.keyring.cost)
    async with services.database.transaction() as db:
        await members.change_password(db, member.id, wrapped, now=services.now())
        await sessions.end_all(db, member.id)
    response = go(request, "/")
    await open_session(request, response, member, private)
    return response


async def _form(
    request: web.Request, values: Mapping[str, Any], errors: dict[str, str], *, status: int = 200
) -> web.Response:
    return await page(request, "recovery.html", status=status, values=values, errors=errors)
