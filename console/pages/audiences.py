"""Audiences: chosen by what people told of themselves, counted live, kept under a name."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from console import audience_form
from console import outreach_words as words
from console.access import VISIT, member_of
from console.audience_form import Offer
from console.notices import Notice, Undo
from console.responses import field, go, page
from console.services import services_of
from console.words import CHANNELS
from forum import bodies
from locales import N_, languages
from outreach import audiences, saved_audiences
from outreach.audiences import FEWEST, Audience
from outreach.saved_audiences import (
    NAME_CHARACTERS,
    NoName,
    Refused,
    Saved,
    Taken,
    TooMany,
)

#: Why an audience is not kept.
WHY: Final[Mapping[type[Refused], str]] = {
    NoName: N_("Give it a name of at most 60 characters."),
    Taken: N_("There is an audience of this name already."),
    TooMany: N_("There are fifty already. Delete one first."),
}

#: The field of the form that says which audience is being changed.
AS: Final = "as"

#: What a notice can bring back travels in a cookie, which browsers keep up to 4096 bytes.
_CARRIED: Final = 1_500

#: Values of one criterion, and characters of one of them, that an address may bring.
_MOST: Final = 500
_LONGEST: Final = 100

NOTHING: Final[Mapping[str, str]] = {}


async def show(request: web.Request) -> web.Response:
    """List the audiences that are kept; each is counted once somebody sees it."""
    return await _list(request)


async def build(request: web.Request) -> web.Response:
    """Show the form, and who is chosen by it."""
    return await _builder(request, _asked(request))


async def open_one(request: web.Request) -> web.Response:
    """Show the form as an audience that is kept fills it."""
    one = await _one(request)
    chosen = _asked(request) if AS in request.query else one.audience
    return await _builder(request, chosen, one)


async def counted(request: web.Request) -> web.Response:
    """Answer only who is chosen, for a form that is being filled in."""
    audience = _asked(request)
    async with services_of(request).database.reading() as db:
        one = await saved_audiences.get(db, request.query.get(AS, "")[:_LONGEST])
        chosen = await _chosen(request, db, audience)
    return await page(request, "parts/audience_chosen.html", one=one, errors=NOTHING, **chosen)


async def number(request: web.Request) -> web.Response:
    """Answer only how many are in one that is kept."""
    one = await _one(request)
    async with services_of(request).database.reading() as db:
        total = await audiences.count(db, one.audience)
    return await page(request, "parts/audience_number.html", total=total, fewest=FEWEST, alarms=())


async def keep(request: web.Request) -> web.Response:
    """Keep a choice under a name."""
    form, services = await request.post(), services_of(request)
    audience, name = _brought(form), field(form, "name")
    try:
        async with services.database.transaction() as db:
            by = member_of(request).member.id
            await saved_audiences.keep(db, name, audience, by=by, now=services.now())
    except Refused as refused:
        return await _builder(request, audience, None, {"name": WHY[type(refused)]}, name)
    return go(request, "/audiences", Notice("audience_kept", {"name": name}))


async def change(request: web.Request) -> web.Response:
    """Let another choice stand under the same name."""
    form, one = await request.post(), await _one(request)
    audience = _brought(form)
    async with services_of(request).database.transaction() as db:
        await saved_audiences.change(db, one.id, audience)
    undo = _undo(f"/audiences/{one.id}", {"choice": one.audience.to_json()})
    return go(request, "/audiences", Notice("audience_kept", {"name": one.name}, undo=undo))


async def rename(request: web.Request) -> web.Response:
    """Call an audience otherwise."""
    form, one = await request.post(), await _one(request)
    name = field(form, "name")
    try:
        async with services_of(request).database.transaction() as db:
            await saved_audiences.rename(db, one.id, name)
    except Refused as refused:
        return await _list(request, {one.id: WHY[type(refused)]}, name)
    undo = Undo(f"/audiences/{one.id}/rename", {"name": one.name})
    return go(request, "/audiences", Notice("audience_kept", {"name": name}, undo=undo))


async def forget(request: web.Request) -> web.Response:
    """Delete an audience; the notice can bring it back."""
    one = await _one(request)
    async with services_of(request).database.transaction() as db:
        await saved_audiences.forget(db, one.id)
    undo = _undo("/audiences", {"name": one.name, "choice": one.audience.to_json()})
    return go(request, "/audiences", Notice("audience_gone", {"name": one.name}, undo=undo))


def _undo(path: str, fields: Mapping[str, str]) -> Undo | None:
    return Undo(path, fields) if len(fields["choice"]) <= _CARRIED else None


async def _one(request: web.Request) -> Saved:
    async with services_of(request).database.reading() as db:
        one = await saved_audiences.get(db, request.match_info["audience"])
    if one is None:
        raise web.HTTPNotFound
    return one


# --- what is chosen ------------------------------------------------------------------------------


def _asked(request: web.Request) -> Audience:
    query = request.query
    return _audience({name: query.getall(name, []) for name in words.CRITERIA})


def _brought(form: Mapping[str, Any]) -> Audience:
    """Return the choice of a form that has it whole; of one that was tampered with, everybody."""
    try:
        chosen = json.loads(field(form, "choice") or "{}")
    except ValueError:
        chosen = {}
    return _audience(chosen if isinstance(chosen, dict) else {})


def _audience(chosen: Mapping[str, Any]) -> Audience:
    return Audience(**{name: _values(chosen.get(name)) for name in words.CRITERIA})


def _values(values: Any) -> frozenset[str]:
    if not isinstance(values, list):
        return frozenset()
    plain = (value for value in values[:_MOST] if isinstance(value, str))
    return frozenset(each for each in plain if each.isprintable() and len(each) <= _LONGEST)


async def _chosen(request: web.Request, db: AsyncConnection, audience: Audience) -> dict[str, Any]:
    """Count who is chosen, and show a few of them as far as anybody may see them."""
    codes = {site.code: f"{site.code} · {site.name}" for site in await bodies.all_sites(db)}
    language = request[VISIT].language
    return {
        "audience": audience,
        "total": await audiences.count(db, audience),
        "fewest": FEWEST,
        "breakdowns": (
            (
                N_("By language"),
                {tag: one.name for tag, one in languages().items()},
                await audiences.by_language(db, audience),
            ),
            (
                N_("By channel"),
                audience_form.translated(CHANNELS, language),
                await audiences.by_channel(db, audience),
            ),
            (N_("By site"), codes, await audiences.by_site(db, audience)),
        ),
        "sample": await audiences.sample(db, audience),
        "spoken": languages(),
        "channels": CHANNELS,
        "roles": words.ROLES,
        "typed": "",
        "name_characters": NAME_CHARACTERS,
    }


async def _builder(
    request: web.Request,
    audience: Audience,
    one: Saved | None = None,
    errors: Mapping[str, str] = NOTHING,
    typed: str = "",
) -> web.Response:
    services = services_of(request)
    async with services.database.reading() as db:
        offer = await audience_form.offer(request, db, audience)
        chosen = await _chosen(request, db, audience)
    values = {**chosen, "typed": typed}
    return await page(
        request,
        "audience.html",
        status=422 if errors else 200,
        one=one,
        offer=offer,
        criteria=words.CRITERIA,
        errors=errors,
        **values,
    )


async def _list(
    request: web.Request, errors: Mapping[str, str] = NOTHING, typed: str = ""
) -> web.Response:
    async with services_of(request).database.reading() as db:
        kept = await saved_audiences.every(db)
        offer = await audience_form.offer(request, db, *(one.audience for one in kept))
    return await page(
        request,
        "audiences.html",
        status=422 if errors else 200,
        kept=[(one, _said(one.audience, offer)) for one in kept],
        criteria=words.CRITERIA,
        errors=errors,
        typed=typed,
        name_characters=NAME_CHARACTERS,
    )


def _said(audience: Audience, offer: Offer) -> Sequence[tuple[str, str]]:
    """Return the choice in words: criterion and its values."""
    return [
        (words.CRITERIA[name], ", ".join(offer[name].get(each, each) for each in sorted(values)))
        for name, values in audience.chosen().items()
        if values
    ]
