"""A broadcast once more, to those whom it did not reach: by which channel, and to how many."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from aiohttp import web

from console import broadcast_words
from console.access import VISIT, member_of
from console.broadcast_form import TITLE_CHARACTERS
from console.notices import Notice
from console.once import first_time, new_token
from console.pages.broadcasts import found
from console.responses import field, go, page
from console.services import services_of
from console.words import in_words
from locales import N_
from outreach import announcements, resending, terms
from outreach.announcements import Again, Announcement
from outreach.resending import Choice

TITLE: Final = N_("Again: %(title)s")

CHOOSE: Final = N_("Choose one of these ways.")


async def show(request: web.Request) -> web.Response:
    """Show by which channels those whom it did not reach can be tried, and what each takes."""
    this = await found(request)
    if this.began_at is None:
        return go(request, f"/broadcasts/{this.id}", Notice("gone_on_broadcast"))
    return await _page(request, this, await _choices(request, this))


async def add(request: web.Request) -> web.Response:
    """Begin a broadcast to them. It needs an approval of its own."""
    services, this, form = services_of(request), await found(request), await request.post()
    if this.began_at is None:
        return go(request, f"/broadcasts/{this.id}", Notice("gone_on_broadcast"))
    choices = await _choices(request, this)
    by = next((one.by for one in choices if one.by == field(form, "by")), None)
    if by is None or "by" not in form:
        return await _page(request, this, choices, wrong=CHOOSE)
    async with services.database.transaction() as db:
        if not await first_time(db, field(form, "once"), services.now()):
            return go(request, f"/broadcasts/{this.id}", Notice("twice"))
        named = in_words(TITLE, request[VISIT].language) % {"title": this.draft.title}
        draft = replace(resending.drafted(this, by), title=named[:TITLE_CHARACTERS])
        made = await announcements.create(
            db,
            draft,
            by=member_of(request).member,
            now=services.now(),
            texts=await announcements.texts(db, this.id),
        )
    return go(request, f"/broadcasts/{made}", Notice("broadcast_again"))


async def _choices(request: web.Request, this: Announcement) -> Sequence[Choice]:
    services = services_of(request)
    office = services.office()
    async with services.database.reading() as db:
        return await resending.choices(
            db, this, ways=office.ways, zones=office.zones, now=services.now()
        )


async def _page(
    request: web.Request, this: Announcement, choices: Sequence[Choice], wrong: str = ""
) -> web.Response:
    return await page(
        request,
        "broadcast_again.html",
        status=422 if wrong else 200,
        this=this,
        choices=choices,
        chosen=choices[0].by if len(choices) == 1 else None,
        errors={"by": wrong} if wrong else {},
        words=broadcast_words,
        fineness=terms.FINENESS,
        once=new_token(),
        same=Again.SAME,
    )
