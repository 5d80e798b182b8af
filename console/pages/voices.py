"""What miners told that is no complaint, newest first, as far as somebody chose among it."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from console import voice_words
from console.access import VISIT, member_of
from console.pages.attachments import SHOWN
from console.responses import page
from console.services import services_of
from console.voicefile import opened, rule_titles, theme_names
from console.words import ATTACHMENTS, CONSENTS
from forum.members import printable
from outreach import unheard, voice_marks, voices
from outreach.unheard import Waits
from outreach.voice_marks import Kind
from outreach.voices import Sift

#: What may stand in the address.
CHOICES: Final = tuple(one.name for one in fields(Sift))


async def show(request: web.Request) -> web.Response:
    """List the stories."""
    after, sift = request.query.get("page"), _sift(request.query)
    now, waits = services_of(request).now(), _waits(request.query)
    also = [unheard.of(waits, now)] if waits is not None else []
    async with services_of(request).database.reading() as db:
        listed = await voices.page(db, after=after, sift=sift, also=also)
        heard = await opened(request, db, listed.rows)
        total = await voices.count(db, sift, also)
        known = voices.known_to(member_of(request).member)
        forgotten_soon = await unheard.soon(db, now, known)
        every, names = await theme_names(db)
        used = {kind: await voice_marks.used(db, kind) for kind in Kind}
        spoken = await voices.languages_used(db)
        titles = await rule_titles(request, db)
    chosen = {name: value for name, value in asdict(sift).items() if value}
    chosen |= {"waits": str(waits)} if waits is not None else {}
    language = request[VISIT].language
    return await page(
        request,
        "voices.html",
        heard=[(one, one.beside(language)) for one in heard],
        total=total,
        next_page=listed.next,
        first_page=after is None,
        consents=CONSENTS,
        attachment_names=ATTACHMENTS,
        shown=SHOWN,
        opened=request.query.get("open", ""),
        chosen=chosen,
        sifted=bool(chosen),
        forgotten_soon=forgotten_soon,
        query=urlencode(chosen),
        themes=[theme for theme in every if theme.voices or not theme.retired],
        theme_names=names,
        tags=used[Kind.TAG],
        rules=[
            (rule, title)
            for rule, title in titles.items()
            if rule == sift.rule or rule in {one.value for one in used[Kind.RULE]}
        ],
        items=used[Kind.AGENDA],
        spoken=spoken,
        titles=titles,
        words=voice_words,
    )


def _waits(query: Mapping[str, str]) -> Waits | None:
    wished = query.get("waits", "")
    return Waits(wished) if wished in {*Waits} else None


def _sift(query: Mapping[str, str]) -> Sift:
    return Sift(**{name: printable(query.get(name, "")) for name in CHOICES})
