"""What may be quoted of voices: for every member, and as a page for print."""

from functools import cache
from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from markupsafe import Markup

from console import templating, voice_words
from console.access import VISIT, member_of
from console.discussionfile import KINDS, Offered
from console.responses import page
from console.services import services_of
from console.voicefile import rule_titles, theme_names
from forum.members import Right, printable
from outreach import quotes
from outreach.voice_marks import Kind
from storage.unit_of_work import Reads

#: Quotes in one file: more than a forum prints, and no more than a browser lays out at once.
MOST_PRINTED: Final = 500

#: Under this nothing is filed.
UNUSED: Final = (Kind.AGENDA, "")


async def show(request: web.Request) -> web.Response:
    """List what is released, the newest first."""
    after, language = request.query.get("page"), _language(request)
    triages = member_of(request).may(Right.TRIAGE)
    async with services_of(request).database.reading() as db:
        offered = await _offered(request, db)
        about = _about(request, offered)
        listed = await quotes.released(db, language=language, about=about, after=after)
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
        offered=offered,
        kinds=KINDS,
        about=":".join(about) if about else "",
        title=offered[about[0]].get(about[1], "") if about else "",
        query=_query(language, about),
        waiting=waiting,
        triages=triages,
        words=voice_words,
    )


async def as_html(request: web.Request) -> web.Response:
    """Hand out what is released as one file that a browser prints."""
    services, language = services_of(request), _language(request)
    async with services.database.reading() as db:
        offered = await _offered(request, db)
        about = _about(request, offered)
        listed = await quotes.released(db, language=language, about=about, limit=MOST_PRINTED)
    text = templating.render(
        "quotes_print.html",
        request[VISIT].language,
        now=services.now(),
        zone=services.zone,
        rows=listed.rows,
        title=offered[about[0]].get(about[1], "") if about else "",
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


async def _offered(request: web.Request, db: Reads) -> Offered:
    """Return under what the stories of quotes are filed, as far as this member may know of it."""
    used = await quotes.subjects(db)
    reads_rules = member_of(request).may(Right.READ_RULES)
    called = {
        Kind.AGENDA: {item: item for item in sorted(used[Kind.AGENDA])},
        Kind.THEME: (await theme_names(db))[1],
        Kind.RULE: await rule_titles(request, db) if reads_rules else {},
    }
    return {
        kind: {value: name for value, name in names.items() if value in used[kind]}
        for kind, names in called.items()
    }


def _about(request: web.Request, offered: Offered) -> tuple[Kind, str] | None:
    """Return what was chosen; None: nothing was. What is not offered is ``UNUSED``."""
    chosen = request.query.get("about", "")
    kind, _, value = chosen.partition(":")
    found = ((one, value) for one in offered if one == kind and value in offered[one])
    return next(found, UNUSED) if chosen else None


def _query(language: str, about: tuple[Kind, str] | None) -> str:
    chosen = {"language": language, "about": ":".join(about) if about else ""}
    return urlencode({name: value for name, value in chosen.items() if value})


def _language(request: web.Request) -> str:
    return printable(request.query.get("language", ""))
