"""Who can open what: alarms, earlier cases for a colleague, and the recovery passphrase."""

from aiohttp import web

from console.access import member_of
from console.notices import Notice
from console.responses import field, go, page
from console.services import services_of
from forum import keyholders, members
from forum.members import Member, NotAllowed, Right
from grievances.exclusions import hidden_from
from locales import N_
from vault.recovery import BadPassphrase, pair_from

WRONG = N_("That is not the recovery passphrase of this installation.")


async def show(request: web.Request) -> web.Response:
    """Show who holds which keys."""
    return await _page(request, {})


async def grant(request: web.Request) -> web.Response:
    """Give a colleague the key of everything that this member can open."""
    services, me = services_of(request), member_of(request)
    async with services.database.transaction() as db:
        to = await members.get(db, request.match_info["member"])
        if to is None or not to.may(Right.TRIAGE):
            raise web.HTTPNotFound
        await keyholders.grant(
            db,
            to=to,
            by=me.member.id,
            by_private=me.session.private,
            apart_from=hidden_from(to.id),
            now=services.now(),
        )
    return go(request, "/keys", Notice("granted", {"name": to.name}))


async def recover(request: web.Request) -> web.Response:
    """Give this member the key of everything, by the passphrase from the safe."""
    services, me = services_of(request), member_of(request)
    passphrase = field(await request.post(), "passphrase")
    try:
        async with services.database.transaction() as db:
            await keyholders.grant_by_recovery(
                db,
                services.keyring,
                pair_from(passphrase),
                to=me.member,
                apart_from=hidden_from(me.member.id),
                now=services.now(),
            )
    except (BadPassphrase, NotAllowed):
        return await _page(request, {"passphrase": WRONG}, status=422)
    return go(request, "/keys", Notice("recovered"))


async def _page(
    request: web.Request, errors: dict[str, str], *, status: int = 200
) -> web.Response:
    me = member_of(request).member
    async with services_of(request).database.reading() as db:
        everyone = [m for m in await members.everyone(db) if m.may(Right.TRIAGE)]
        lacking = {
            m.id: await keyholders.missing(db, m.id, hidden_from(m.id, me.id)) for m in everyone
        }
    return await page(
        request,
        "keys.html",
        status=status,
        everyone=everyone,
        lacking=lacking,
        grantable=_grantable(me, everyone, lacking),
        errors=errors,
    )


def _grantable(me: Member, everyone: list[Member], lacking: dict[str, int]) -> set[str]:
    """Return to whom this member can surely give something: who lacks more than they do."""
    return {m.id for m in everyone if lacking[m.id] > lacking[me.id]}
