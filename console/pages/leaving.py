"""A broadcast that leaves: paused, let go on, cancelled. And what may follow it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from console.access import VISIT, member_of
from console.broadcast_form import TITLE_CHARACTERS
from console.notices import Notice, Undo
from console.once import first_time
from console.pages.broadcasts import found
from console.responses import field, go, page
from console.services import services_of
from console.words import in_words
from forum.members import NotAllowed
from locales import N_
from outreach import announcements, progress, steering, telling
from outreach.announcements import Again, Announcement, Changed, Draft, State
from outreach.schedules import Schedule

#: What may follow one: a copy to be changed, or the next part of its series. What each is called
#: stands before the title. Once more to those whom it did not reach: ``trying_again``.
COPIES: Final = {
    "copy": N_("Copy: %(title)s"),
    "next": N_("Next: %(title)s"),
}

#: Nothing is in doubt any more of what was sent.
OVER: Final = frozenset({State.CANCELLED, State.ENDED})


async def pause(request: web.Request) -> web.Response:
    """Let nothing more of it leave for now."""
    return await _steer(request, steering.pause, "broadcast_paused", back="resume")


async def resume(request: web.Request) -> web.Response:
    """Let it go on."""
    return await _steer(request, steering.resume, "broadcast_resumed", back="pause")


async def ask(request: web.Request) -> web.Response:
    """Ask before nothing of it leaves ever."""
    this = await found(request)
    if this.state in OVER:
        return go(request, f"/broadcasts/{this.id}", Notice("gone_on_broadcast"))
    return await before_cancelling(request, this)


async def before_cancelling(request: web.Request, this: Announcement) -> web.Response:
    """Show what it means to cancel it. The form posts to where it stands."""
    async with services_of(request).database.reading() as db:
        seen = await progress.read(db, this.id)
    return await page(
        request,
        "broadcast_cancel.html",
        this=this,
        seen=seen,
        Fate=progress.Fate,
        put_back=not request.path.endswith("/cancel"),
    )


async def cancel(request: web.Request) -> web.Response:
    """Let nothing more of it leave, ever."""
    return await _steer(request, steering.cancel, "broadcast_cancelled")


async def copy(request: web.Request) -> web.Response:
    """Begin another broadcast from this one. It needs an approval of its own."""
    services, this, form = services_of(request), await found(request), await request.post()
    how, now = field(form, "how"), services.now()
    if how not in COPIES:
        return go(request, f"/broadcasts/{this.id}", Notice("gone_on_broadcast"))
    async with services.database.transaction() as db:
        if not await first_time(db, field(form, "once"), now):
            return go(request, f"/broadcasts/{this.id}", Notice("twice"))
        me = member_of(request).member
        parts = await telling.untold(db, this) if how == "next" else ""
        if this.draft.rule_id is not None and parts:
            made = await telling.begin(db, this.draft.rule_id, parts, by=me, now=now, after=this)
            return go(request, f"/broadcasts/{made}", Notice("broadcast_next_parts"))
        # The next of a series has words of its own.
        texts = None if how == "next" else await announcements.texts(db, this.id)
        draft = _copied(this, how, request[VISIT].language)
        made = await announcements.create(db, draft, by=me, now=now, texts=texts)
    return go(request, f"/broadcasts/{made}", Notice(f"broadcast_{how}"))


def _copied(this: Announcement, how: str, language: str) -> Draft:
    draft, schedule = this.draft, this.draft.schedule
    named = in_words(COPIES[how], language) % {"title": draft.title}
    if how == "next":  # it has words of its own, of which none tell a rule
        draft = replace(
            draft, rule_id=None, rule_edition=None, tells="", calls=False, sounds=False
        )
    return replace(
        draft,
        title=named[:TITLE_CHARACTERS],
        schedule=Schedule(
            opens=schedule.opens,
            closes=schedule.closes,
            lasts=schedule.lasts,
            apart=schedule.apart,
        ),
        follows=this.id if how == "next" else None,
        again_of=None,
        again_by=Again.SAME,
    )


async def _steer(
    request: web.Request,
    deed: Callable[..., Awaitable[None]],
    done: str,
    *,
    back: str | None = None,
) -> web.Response:
    services, this = services_of(request), await found(request)
    now: datetime = services.now()
    given: dict[str, Any] = {"by": member_of(request).member, "now": now}

    try:
        async with services.database.transaction() as db:
            await deed(db, this.id, **given)
    except (Changed, NotAllowed):
        return go(request, f"/broadcasts/{this.id}", Notice("gone_on_broadcast"))
    undo = None if back is None else Undo(f"/broadcasts/{this.id}/{back}", {})
    return go(request, f"/broadcasts/{this.id}", Notice(done, undo=undo))
