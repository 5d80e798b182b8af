"""Who did what, and when: for the auditor, who reads no case."""

from collections.abc import Mapping
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from console import audit_words
from console.access import member_of
from console.responses import page
from console.services import services_of
from forum import attachments, audit, members
from grievances.exclusions import hidden_from
from storage.unit_of_work import Reads

#: Lines on a page.
PAGE: Final = 100

#: What no number in the log exceeds; more digits are no cursor of ours.
_HIGHEST: Final = 2**63 - 1


async def show(request: web.Request) -> web.Response:
    """Show a page of the log, by day.

    An auditor whom a report names is kept out of its case, and of what was done about it.
    """
    services, me = services_of(request), member_of(request).member
    family, actor = request.query.get("act", ""), request.query.get("actor", "")
    before = _cursor(request.query.get("page", ""))
    hidden = hidden_from(me.id)
    async with services.database.reading() as db:
        names = await _names(db)
        lines = await audit.recent(
            db,
            before=before,
            limit=PAGE + 1,
            acts=audit_words.named(family),
            actor=actor if actor in names else None,
            apart_from=(hidden, attachments.ids_of(hidden)),
        )
    shown = lines[:PAGE]
    wished = {"act": family} if audit_words.named(family) else {}
    wished |= {"actor": actor} if actor in names else {}
    next_page = (
        f"/audit?{urlencode({**wished, 'page': shown[-1].id})}" if len(lines) > PAGE else ""
    )
    return await page(
        request,
        "audit.html",
        days=[
            (day, list(acts))
            for day, acts in groupby(shown, lambda act: act.at.astimezone(services.zone).date())
        ],
        words=audit_words,
        names=names,
        wished=wished,
        next_page=next_page,
        first_page=f"/audit?{urlencode(wished)}" if before is not None else "",
    )


async def _names(db: Reads) -> Mapping[str, str]:
    """Return the names of all members, present and past, and of whoever else acts (msgids)."""
    return {**audit_words.NOBODY, **await members.names(db)}


def _cursor(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(_HIGHEST)):
        return None
    return min(int(text), _HIGHEST)
