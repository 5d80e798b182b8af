"""What the list keeps of a number, for somebody who asks for it at the counter."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from channels.routing import of_number
from console import known_words, sheets
from console.access import VISIT, member_of
from console.known_words import Sections
from console.pages import subscribers
from console.responses import field, page
from console.services import services_of
from console.sheets import CSV
from console.words import in_words
from forum import audit
from locales import N_
from outreach import known
from outreach.import_columns import e164

#: Every form on the page of subscribers has fields of its own.
NUMBER = "known"

_HEADS = (N_("About"), N_("What"), N_("What is known"))


async def show(request: web.Request) -> web.Response:
    """Show what is known of a number. It is sent as a form: no address of a page has it."""
    number, told = await _told(request)
    if number is None:
        errors = {NUMBER: subscribers.NO_NUMBER}
        return await subscribers.with_errors(request, await request.post(), errors)
    return await page(request, "known.html", number=number, told=told)


async def as_csv(request: web.Request) -> web.Response:
    """Hand it over as a table, to be given to whoever asked."""
    number, told = await _told(request)
    if number is None:
        raise web.HTTPNotFound
    language = request[VISIT].language
    heads = [in_words(head, language) for head in _HEADS]
    rows = [[about, *fact] for about, facts in told for fact in facts]
    body = await asyncio.to_thread(sheets.as_csv, [heads, *rows])
    headers = {"Content-Disposition": 'attachment; filename="baraza-what-is-known.csv"'}
    return web.Response(body=body, content_type=CSV, headers=headers)


async def _told(request: web.Request) -> tuple[str | None, Sections]:
    """Return the number and what is known of it on any channel; note that somebody looked."""
    form, services = await request.post(), services_of(request)
    number = e164(field(form, NUMBER), services.region)
    if number is None:
        return None, []
    async with services.database.reading() as db:
        found = [await known.of(db, services.keyring, each) for each in of_number(number)]
    async with services.database.transaction() as db:
        by, now = member_of(request).member.id, services.now()
        await audit.record(db, actor=by, act="subscriber.shown", subject="list", now=now)
    return number, _in_words(request, [one for one in found if one])


def _in_words(request: web.Request, found: Sequence[known.Known]) -> Sections:
    zone, language = services_of(request).zone, request[VISIT].language
    return [each for one in found for each in known_words.sections(one, zone, language)]
