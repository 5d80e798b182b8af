"""Posters of a site, for a printer: in a language, with the number and the bot that people use."""

import asyncio
import re
from typing import Any, Final

from aiohttp import web

from bots import posters
from bots.posters import Poster
from console.responses import page
from console.services import services_of
from forum import bodies
from forum.bodies import Site
from locales import N_, languages

NO_NUMBER: Final = N_("Write the number as people dial it: digits, and + or spaces.")
NO_BOT: Final = N_("Write the name of the bot as Telegram has it, such as baraza_bot.")
NOTHING: Final = N_("Write a number, the name of a bot, or both.")

_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ]{1,18}")
_BOT: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


async def show(request: web.Request) -> web.Response:
    """Ask for what stands on the poster, and offer it."""
    site, asked = await _site(request), "language" in request.query
    values, errors = _asked(request), _wrong(request) if asked else {}
    poster = _poster(site, request) if asked and not errors else None
    return await page(
        request,
        "poster.html",
        status=422 if errors else 200,
        site=site,
        values=values,
        errors=errors,
        poster=poster,
        printable=poster is not None and not posters.missing(poster),
        query=request.query_string,
        spoken={tag: one.name for tag, one in languages().items()},
    )


async def as_pdf(request: web.Request) -> web.Response:
    """Hand the poster over as a page of A4."""
    poster = await _wanted(request)
    if posters.missing(poster):
        raise web.HTTPNotFound
    body = await asyncio.to_thread(posters.as_pdf, poster)
    return _file(body, "application/pdf", f"{poster.code}-{poster.language}.pdf")


async def as_png(request: web.Request) -> web.Response:
    """Hand the poster over as a picture, or one code of it alone."""
    poster = await _wanted(request)
    if "code" not in request.query:
        return await _picture(poster)
    said = poster.codes().get(request.query.get("code", ""))
    if said is None:
        raise web.HTTPNotFound
    body = await asyncio.to_thread(posters.as_png, said)
    name = f"{poster.code}-{poster.language}-{request.query['code']}.png"
    return _file(body, "image/png", name)


async def _picture(poster: Poster) -> web.Response:
    if posters.missing(poster):
        raise web.HTTPNotFound
    body = await asyncio.to_thread(posters.as_picture, poster)
    return _file(body, "image/png", f"{poster.code}-{poster.language}.png")


async def _wanted(request: web.Request) -> Poster:
    site = await _site(request)
    if _wrong(request):
        raise web.HTTPNotFound
    return _poster(site, request)


def _file(body: bytes, kind: str, name: str) -> web.Response:
    plain = name.encode("ascii", "ignore").decode()
    headers = {"Content-Disposition": f'attachment; filename="baraza-{plain}"'}
    return web.Response(body=body, content_type=kind, headers=headers)


async def _site(request: web.Request) -> Site:
    async with services_of(request).database.reading() as db:
        site = await bodies.site_by_id(db, request.match_info["site"])
    if site is None:
        raise web.HTTPNotFound
    return site


def _asked(request: web.Request) -> dict[str, Any]:
    names = ("language", "number", "bot")
    asked = {name: request.query.get(name, "").strip() for name in names}
    return {**asked, "bot": asked["bot"].removeprefix("@")}


def _wrong(request: web.Request) -> dict[str, str]:
    asked, errors = _asked(request), {}
    if asked["language"] not in languages():
        errors["language"] = N_("Choose one of the list.")
    if asked["number"] and not _NUMBER.fullmatch(asked["number"]):
        errors["number"] = NO_NUMBER
    if asked["bot"] and not _BOT.fullmatch(asked["bot"]):
        errors["bot"] = NO_BOT
    if not asked["number"] and not asked["bot"]:
        errors["number"] = NOTHING
    return errors


def _poster(site: Site, request: web.Request) -> Poster:
    return Poster(site.name, site.code, **_asked(request))
