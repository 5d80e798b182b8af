"""The answers that are kept ready: all of them, and the form for one."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from console import ready
from console.access import member_of
from console.notices import Notice, Undo
from console.pages.case import LONGEST, NOTHING
from console.responses import field, go, page
from console.services import services_of
from console.words import PURPOSES
from forum.members import Right, printable
from grievances import ready_answers
from grievances.ready_answers import NAME_CHARACTERS, Changed, Draft, Purpose, Ready
from grievances.taxonomy import Taxonomy
from locales import N_, languages

NO_NAME = N_("Give it a name, in at most 100 characters. Only colleagues see it.")
NO_PURPOSE = N_("Choose what it is for.")
NO_CATEGORY = N_("Choose from the list.")
NO_TEXT = N_("Write it in one language at least.")
TOO_LONG = N_("This is too long. An answer may have 1500 characters.")
BRACES = N_("A brace is open or empty. Only {date} and {days} may stand in braces.")
STRANGE = N_("Nothing fills this. Only {date} and {days} may stand in braces.")
MEANWHILE = N_("Somebody changed it meanwhile. Look at their words on the list, then keep yours.")

#: What stands before the language in the name of a text's field.
TEXT: Final = "text-"


async def show(request: web.Request) -> web.Response:
    """List them."""
    async with services_of(request).database.reading() as db:
        kept = await ready_answers.everything(db)
    return await page(
        request,
        "answers.html",
        kept=kept,
        purposes=PURPOSES,
        categories=services_of(request).taxonomy.categories,
        spoken=languages(),
        length=ready.length,
        may_remove=member_of(request).may(Right.REMOVE_ANSWERS),
    )


async def new(request: web.Request) -> web.Response:
    """Show the form for a new one."""
    return await _form(request, None, {"active": "yes"})


async def add(request: web.Request) -> web.Response:
    """Keep a new one."""
    form = await request.post()
    draft, errors = _draft(form, services_of(request).taxonomy)
    if draft is None:
        return await _form(request, None, form, errors)
    services = services_of(request)
    async with services.database.transaction() as db:
        await ready_answers.add(db, draft, by=member_of(request).member, now=services.now())
    return go(request, "/answers", Notice("answer_kept", {"name": draft.name}))


async def edit(request: web.Request) -> web.Response:
    """Show the form for one, as it is."""
    kept = await _kept(request)
    texts = {TEXT + language: text for language, text in kept.draft.texts.items()}
    values = {
        **texts,
        "name": kept.draft.name,
        "purpose": kept.draft.purpose,
        "category": kept.draft.category or "",
        "active": "yes" if kept.draft.active else "",
        "edition": str(kept.edition),
    }
    return await _form(request, kept, values)


async def change(request: web.Request) -> web.Response:
    """Keep what was changed in one."""
    form, kept = await request.post(), await _kept(request)
    draft, errors = _draft(form, services_of(request).taxonomy)
    if draft is not None and field(form, "edition") != str(kept.edition):
        errors = {"name": MEANWHILE}
    if draft is None or errors:
        values = {**form, "edition": str(kept.edition)}
        return await _form(request, kept, values, errors)
    services = services_of(request)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            before = await ready_answers.change(db, kept, draft, by=by, now=now)
    except Changed:
        return await _form(request, kept, form, {"name": MEANWHILE})
    return go(request, "/answers", _said("answer_kept", draft.name, kept.id, before))


async def remove(request: web.Request) -> web.Response:
    """Offer one no more."""
    kept, services = await _kept(request), services_of(request)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            before = await ready_answers.remove(db, kept, by=by, now=now)
    except Changed:
        return go(request, "/answers", Notice("gone_on_answer"))
    return go(request, "/answers", _said("answer_removed", kept.draft.name, kept.id, before))


async def back(request: web.Request) -> web.Response:
    """Take back the last change of one."""
    services, answer_id = services_of(request), request.match_info["answer"]
    edition = field(await request.post(), "edition")
    async with services.database.transaction() as db:
        draft = None
        if edition.isascii() and edition.isdecimal() and len(edition) <= len("999999"):
            by, now = member_of(request).member, services.now()
            draft = await ready_answers.back(db, answer_id, int(edition), by=by, now=now)
    if draft is None:
        return go(request, "/answers", Notice("gone_on_answer"))
    return go(request, "/answers", Notice("answer_back", {"name": draft.name}))


def _said(key: str, name: str, answer_id: str, before: int) -> Notice:
    undo = Undo(f"/answers/{answer_id}/back", {"edition": str(before)})
    return Notice(key, {"name": name}, undo=undo)


async def _kept(request: web.Request) -> Ready:
    async with services_of(request).database.reading() as db:
        kept = await ready_answers.find(db, request.match_info["answer"])
    if kept is None:
        raise web.HTTPNotFound
    return kept


def _draft(form: Mapping[str, Any], taxonomy: Taxonomy) -> tuple[Draft | None, dict[str, str]]:
    """Return what was typed, or what is wrong with it, by field."""
    texts = {each: _plain(field(form, TEXT + each)) for each in languages()}
    errors = {TEXT + each: wrong for each, text in texts.items() if (wrong := _wrong(text))}
    if not any(texts.values()):
        errors[TEXT + next(iter(texts))] = NO_TEXT
    name, purpose = printable(field(form, "name")), field(form, "purpose")
    category = field(form, "category")
    if not 0 < len(name) <= NAME_CHARACTERS:
        errors["name"] = NO_NAME
    if purpose not in PURPOSES:
        errors["purpose"] = NO_PURPOSE
    if category and category not in taxonomy.categories:
        errors["category"] = NO_CATEGORY
    if errors:
        return None, errors
    written = {each: text for each, text in texts.items() if text}
    active = bool(field(form, "active"))
    return Draft(name, Purpose(purpose), category or None, active, written), {}


def _plain(text: str) -> str:
    """Return *text* with its own line breaks, and without what no telephone shows."""
    return "\n".join(printable(line) for line in text.splitlines()).strip()


def _wrong(text: str) -> str:
    if len(text) > LONGEST:
        return TOO_LONG
    strange = ready_answers.strange_places(text)
    if strange is None or "" in strange:
        return BRACES
    return STRANGE if strange else ""


async def _form(
    request: web.Request,
    kept: Ready | None,
    values: Mapping[str, Any],
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    return await page(
        request,
        "answer.html",
        status=422 if errors else 200,
        kept=kept,
        values=values,
        errors=errors,
        purposes=PURPOSES,
        categories=services_of(request).taxonomy.categories,
        spoken=languages(),
        length=ready.length,
        strange=ready_answers.strange_places,
        longest=LONGEST,
    )
