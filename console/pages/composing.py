"""The words of a broadcast: all its languages side by side, with what each text costs."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from channels import segments
from channels.wire import words
from console import broadcast_words
from console.access import member_of
from console.notices import Notice
from console.pages.broadcasts import OPEN, cells_of, edition_of, found
from console.pages.case import NOTHING
from console.responses import field, go, page
from console.services import services_of
from locales import N_, languages
from outreach import announcements, estimates, wording
from outreach.announcements import Announcement, Changed, Texts, Words
from outreach.wording import Flaw

#: Bytes of the form: every language with all its parts, as browsers write letters that are not
#: of the Latin alphabet.
LARGEST_FORM: Final = 4 * 1024 * 1024

#: Longer than any text that may leave, so that one which is too long is said to be, and kept.
LONGEST: Final = 4_000

NO_LANGUAGE: Final = N_("Choose one of these.")


async def show(request: web.Request) -> web.Response:
    """Show the words in the base language and in all others, and room for one that is new."""
    this = await found(request)
    if this.state not in OPEN or this.began_at is not None:
        return go(request, f"/broadcasts/{this.id}", Notice("broadcast_too_late"))
    return await _page(request, this, _beside(request.query.get("in", "")))


async def keep(request: web.Request) -> web.Response:
    """Keep the words in every language that the form has."""
    services, this, form = services_of(request), await found(request), await request.post()
    beside = _beside(field(form, "in"))
    typed = _typed(form, this)
    try:
        async with services.database.transaction() as db:
            given: dict[str, Any] = {"by": member_of(request).member, "now": services.now()}
            await announcements.say(db, this.id, typed, edition=edition_of(form), **given)
    except Changed:
        newest, error = await found(request), {"edition": broadcast_words.CHANGED}
        return await _page(request, newest, beside, typed, error)
    to = "" if field(form, "done") else f"/words?in={beside}"
    return go(request, f"/broadcasts/{this.id}{to}", Notice("words_kept"))


async def count(request: web.Request) -> web.Response:
    """Answer what one text costs as an SMS, while it is being written."""
    form = await request.post()
    name = next((name for name in form if name.startswith("short_")), None)
    if name is None:
        raise web.HTTPNotFound
    text = _text(form, name)
    flaw = Flaw.LONG if wording.too_long(Words(text)) else None
    cost = wording.cost(text) if text else None
    return await page(request, "parts/text_cost.html", cost=cost, flaw=flaw, words=broadcast_words)


def _beside(tag: str) -> str:
    return tag if tag in languages() else ""


def _typed(form: Mapping[str, Any], this: Announcement) -> Texts:
    """Return what was typed; a line break is one as phones show it."""
    return {
        (part, tag): Words(_text(form, f"short_{part}_{tag}"), _text(form, f"full_{part}_{tag}"))
        for tag in languages()
        for part in range(this.draft.parts)
        if f"short_{part}_{tag}" in form
    }


def _text(form: Mapping[str, Any], name: str) -> str:
    text = words(field(form, name).replace("\r\n", "\n")[:LONGEST])
    # Curved quotes and the like cost as much as another alphabet and say nothing: what is shown
    # again, and approved, has plain ones. A letter is never folded.
    return segments.fold(text) if name.startswith("short_") else text


async def _page(
    request: web.Request,
    this: Announcement,
    beside: str,
    typed: Texts | None = None,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    services, draft = services_of(request), this.draft
    office = services.office()
    async with services.database.reading() as db:
        kept = await announcements.texts(db, this.id)
        given: dict[str, Any] = {"now": services.now(), "everybody": True}
        groups = await estimates.groups_of(db, this, office.zones, office.ways, **given)
    texts = {**kept, **(typed or {})}
    people: dict[str, int] = {}
    for group in groups:
        people[group.language] = people.get(group.language, 0) + group.people
    others = sorted({*languages()} - {draft.language}, key=lambda tag: (-people.get(tag, 0), tag))
    begun = wording.spoken(texts) | {beside}
    if not begun & {*others}:  # beside the base stands what most read
        begun |= {*others[:1]}
    tags = [draft.language, *(tag for tag in others if tag in begun)]
    return await page(
        request,
        "broadcast_texts.html",
        status=422 if errors else 200,
        this=this,
        draft=draft,
        tags=tags,
        beside=beside,
        others=[tag for tag in others if tag not in tags],
        people=people,
        texts=texts,
        cells=cells_of(draft, {key: one for key, one in texts.items() if one.short}),
        # Nobody is told off before they have begun.
        flaws=wording.flaws(draft, kept) if kept else {},
        errors=errors,
        words=broadcast_words,
        longest=LONGEST,
        nothing=Words(""),
    )
