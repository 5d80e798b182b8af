"""Who works here: invite, change a role, let somebody go."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from console import sessions
from console.access import member_of
from console.notices import Notice
from console.pages.welcome import MAX_NAME, NO_EMAIL, NO_NAME, looks_like_email
from console.responses import field, go, page
from console.services import LANGUAGES, services_of
from console.words import ROLE_HELP, ROLES
from forum import bodies, invites, keyholders, members, policies, superiors
from forum.invites import LASTS, EmailTaken
from forum.members import LastManager, Member, NotAllowed, Right, Role
from forum.policies import Policy
from forum.superiors import Circle
from grievances import caseload, parties
from grievances.exclusions import hidden_from
from locales import N_

TAKEN = N_("A member with this e-mail address is here already.")
NOT_YOURS = N_("You cannot give or take this role.")
CIRCLE = N_("Nobody can be above themselves. Choose somebody who is not below this member.")
LAST_MANAGER = N_(
    "Somebody must remain who can manage members. Give another member that role first."
)


async def show(request: web.Request) -> web.Response:
    """List the members."""
    return await _page(request)


async def invite(request: web.Request) -> web.Response:
    """Make the link by which somebody joins, and show it this once."""
    form = await request.post()
    role = _role(field(form, "role"))
    errors = _who(form)
    if errors:
        return await _page(request, values=form, errors=errors, status=422)
    services = services_of(request)
    try:
        async with services.database.transaction() as db:
            token = await invites.invite(
                db,
                services.keyring,
                email=field(form, "email"),
                name=field(form, "name"),
                role=role,
                language=_language(field(form, "language")),
                by=member_of(request).member,
                now=services.now(),
            )
    except EmailTaken:
        return await _page(request, values=form, errors={"email": TAKEN}, status=422)
    except NotAllowed:
        return await _page(request, values=form, errors={"role": NOT_YOURS}, status=422)
    link = f"{services.public_url}/welcome/{token}"
    return await _page(request, link=link, invited=field(form, "name"))


async def change_role(request: web.Request) -> web.Response:
    """Give a member another role."""
    role = _role(field(await request.post(), "role"))
    services, member = services_of(request), await _member(request)
    try:
        async with services.database.transaction() as db:
            keep = await caseload.assigned_to(db, member.id)
            await members.change_role(
                db, member.id, role, by=member_of(request).member, keep=keep, now=services.now()
            )
    except (NotAllowed, LastManager) as error:
        return await _page(request, errors={member.id: _why(error)}, status=422)
    return go(request, "/members", Notice("role_changed", {"name": member.name}))


async def change_body(request: web.Request) -> web.Response:
    """Let a member sit for another body: what names it is hidden from them from now on."""
    body = field(await request.post(), "body") or None
    services, member = services_of(request), await _member(request)
    me, now = member_of(request).member, services.now()
    try:
        async with services.database.transaction() as db:
            await members.change_body(db, member.id, body, by=me, now=now)
            if body is not None:
                await parties.seat(db, member.id, body, by=me, now=now)
    except NotAllowed as error:
        return await _page(request, errors={member.id: _why(error)}, status=422)
    return go(request, "/members", Notice("body_changed", {"name": member.name}))


async def change_superior(request: web.Request) -> web.Response:
    """Say who is above a member: from what names the member, they are kept out from now on."""
    superior = field(await request.post(), "superior") or None
    services, member = services_of(request), await _member(request)
    me, now = member_of(request).member, services.now()
    try:
        async with services.database.transaction() as db:
            await superiors.place(db, member.id, superior, by=me, now=now)
            await parties.raise_line(db, member.id, by=me, now=now)
    except NotAllowed as error:
        return await _page(request, errors={member.id: _why(error)}, status=422)
    except Circle:
        return await _page(request, errors={member.id: CIRCLE}, status=422)
    return go(request, "/members", Notice("superior_changed", {"name": member.name}))


async def keep_superiors_out(request: web.Request) -> web.Response:
    """Decide whether superiors are kept out, too."""
    on = field(await request.post(), "kept") == "yes"
    services, me = services_of(request), member_of(request).member
    async with services.database.transaction() as db:
        await policies.keep(db, Policy.SUPERIORS, on=on, by=me.id, now=services.now())
        if on:
            for member_id in await superiors.line(db):
                await parties.raise_line(db, member_id, by=me, now=services.now())
    return go(request, "/members", Notice("superiors_kept" if on else "superiors_let"))


async def confirm_removal(request: web.Request) -> web.Response:
    """Ask before somebody goes."""
    member = await _member(request)
    async with services_of(request).database.reading() as db:
        held = len(await caseload.assigned_to(db, member.id, told=member_of(request).member))
    return await page(request, "member_remove.html", member=member, held=held)


async def remove(request: web.Request) -> web.Response:
    """Let a member go."""
    services, member = services_of(request), await _member(request)
    try:
        async with services.database.transaction() as db:
            await members.remove(db, member.id, by=member_of(request).member, now=services.now())
            await sessions.end_all(db, member.id)
            await caseload.leave_behind(db, member.id)
    except (NotAllowed, LastManager) as error:
        return await _page(request, errors={member.id: _why(error)}, status=422)
    return go(request, "/members", Notice("removed", {"name": member.name}))


def _why(error: Exception) -> str:
    return LAST_MANAGER if isinstance(error, LastManager) else NOT_YOURS


def _who(form: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if not 0 < len(field(form, "name")) <= MAX_NAME:
        errors["name"] = NO_NAME
    if not looks_like_email(field(form, "email")):
        errors["email"] = NO_EMAIL
    return errors


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise web.HTTPNotFound from None


def _language(tag: str) -> str:
    return tag if tag in LANGUAGES else "en"


async def _member(request: web.Request) -> Member:
    async with services_of(request).database.reading() as db:
        member = await members.get(db, request.match_info["member"])
    if member is None or not member.active:
        raise web.HTTPNotFound
    return member


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    link: str = "",
    invited: str = "",
) -> web.Response:
    me = member_of(request).member
    async with services_of(request).database.reading() as db:
        everyone = await members.everyone(db)
        every_body = await bodies.all_bodies(db)
        line = await superiors.line(db)
        superiors_kept = await policies.kept(db, Policy.SUPERIORS)
        lacking = {
            member.id: await keyholders.missing(db, member.id, hidden_from(member.id, me.id))
            for member in everyone
            if member.may(Right.TRIAGE)
        }
    return await page(
        request,
        "members.html",
        status=status,
        everyone=everyone,
        bodies=every_body,
        superiors=line,
        superiors_kept=superiors_kept,
        lacking=lacking,
        roles={role: ROLES[role] for role in Role if me.may_give(role)},
        role_names=ROLES,
        role_help=ROLE_HELP,
        values=values or {},
        errors=errors or {},
        link=link,
        link_days=LASTS.days,
        invited=invited,
    )
