"""What may be quoted of voices: for every member, and as a page for print."""

from functools import cache
from typing import Final

from aiohttp import web
from markupsafe import Markup

from console import templating, voice_words
from console.access import VISIT, member_of
from console.responses import page
from console.services import services_of
from forum.members import Right, printable
from outreach import quotes

#: Quotes in one file: more than a forum prints, and no more than a browser lays out at once.
MOST_PRINTED: Final = 500


async def show(request: web.Request) -> web.Response:
    """List what is released, the newest first."""
    after, language = request.query.get("page"), _language(request)
    triages = member_of(request).may(Right.TRIAGE)
    async with services_of(request).database.reading() as db:
        listed = await quotes.released(db, language=language, after=after)
        spoken = await quotes.languages_used(db)
        waiting = await quotes.waiting(db) if triages else ()
    return await page(
        request,
        "quotes.html",
        rows=listed.rows,
        next_page=listed.next,
        first_page=after is None,
        spoken=spoken,
        wished=language,
        waiting=waiting,
        triages=triages,
        words=voice_words,
    )


async def as_html(request: web.Request) -> web.Response:
    """Hand out what is released as one file that a browser prints."""
    services, language = services_of(request), _language(request)
    async with services.database.reading() as db:
        listed = await quotes.released(db, language=language, limit=MOST_PRINTED)
    text = templating.render(
        "quotes_print.html",
        request[VISIT].language,
        now=services.now(),
        zone=services.zone,
        rows=listed.rows,
        more=listed.next is not None,
        words=voice_words,
        sheet=_sheet(),
    )
    return web.Response(
        text=text,
        content_type="text/html",
        headers={"Content-Disposition": 'attachment; filename="quotes.html"'},
    )


@cache
def _sheet() -> Markup:
    """Return the style of the file, which takes it along: it is no page of ours any more."""
    rules = (templating.FOLDER / "quotes_print.css").read_text("utf-8")
    return Markup("<style>{}</style>").format(rules)


def _language(request: web.Request) -> str:
    return printable(request.query.get("language", ""))
