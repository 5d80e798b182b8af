"""One story: its translations beside it, and what it is filed under."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from multidict import MultiMapping

from console import voice_words
from console.access import VISIT, member_of
from console.notices import Notice
from console.pages.attachments import SHOWN
from console.pages.case import NOTHING
from console.responses import field, go, page, ticked
from console.services import services_of
from console.voice_words import CHOOSE, EMPTY, TOO_LONG, UNFIT
from console.voicefile import (
    VoiceFile,
    open_voice,
    opened,
    rule_titles,
    theme_names,
    voice_of,
)
from console.words import ATTACHMENTS, CONSENTS
from forum.members import printable
from locales import languages
from outreach import voice_marks, voice_translations, voices
from outreach.voice_marks import CannotFile, Kind, Marks
from outreach.voice_translations import Changed, Origin

#: Characters of a translation: what a long voice note takes when it is written down.
LONGEST: Final = 8000

#: Of the number of an edition.
_DIGITS: Final = 9


async def show(request: web.Request) -> web.Response:
    """Show one story; whoever has no key to it sees that there is one, as in the list."""
    async with services_of(request).database.reading() as db:
        voice = await voice_of(request, db)
        (heard,) = await opened(request, db, [voice])
    if heard.text is None:
        return await page(request, "voice_closed.html", voice=voice, consents=CONSENTS)
    return await voice_page(request, await open_voice(request))


async def translate(request: web.Request) -> web.Response:
    """Keep a translation. Who comes later than somebody else gets both to look at."""
    form, file, services = await request.post(), await open_voice(request), services_of(request)
    language = _language(request)
    text, origin, seen = (field(form, name) for name in ("text", "origin", "seen"))
    text = text.replace("\r\n", "\n")
    errors = _wrong(file, language, text, origin)
    if errors:
        return await voice_page(request, file, language=language, values=form, errors=errors)
    path = f"/voices/{file.heard.voice.id}"
    kept = file.heard.translations.get(language)
    if kept is not None and (kept.text, kept.edition.origin) == (text, origin):
        return go(request, path, Notice("voice_translated"))
    try:
        async with services.database.transaction() as db:
            given: dict[str, Any] = {"by": member_of(request).member, "now": services.now()}
            await voice_translations.write(
                db, file.heard.voice, language, text, Origin(origin), seen=_number(seen), **given
            )
    except Changed:
        newer = await open_voice(request)
        return await voice_page(request, newer, language=language, values=form, later=True)
    return go(request, path, Notice("voice_translated" if text else "voice_untranslated"))


def _number(typed: str) -> int:
    """Return the edition that a form has seen; -1, which there never was, for anything else."""
    number = typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS
    return int(typed) if number else -1


def _wrong(file: VoiceFile, language: str, text: str, origin: str) -> dict[str, str]:
    errors = {}
    if not text and language not in file.heard.translations:
        errors["text"] = EMPTY
    if len(text) > LONGEST:
        errors["text"] = TOO_LONG
    if origin not in {*Origin}:
        errors["origin"] = CHOOSE
    return errors


async def file_under(request: web.Request) -> web.Response:
    """Keep what the story is filed under."""
    form, file, services = await request.post(), await open_voice(request), services_of(request)
    async with services.database.reading() as db:
        themes, _ = await theme_names(db)
        titles = await rule_titles(request, db)
    after, errors = _chosen(form, {theme.id for theme in themes}, set(titles))
    if errors:
        return await voice_page(request, file, filed=form, errors=errors)
    voice_id = file.heard.voice.id
    async with services.database.transaction() as db:
        given: dict[str, Any] = {"by": member_of(request).member, "now": services.now()}
        before = _seen(form)
        await voice_marks.change(db, voice_id, before=before, after=after, **given)
    return go(request, f"/voices/{voice_id}", Notice("voice_filed"))


def _chosen(
    form: Mapping[str, Any], themes: set[str], rules: set[str]
) -> tuple[Marks, dict[str, str]]:
    """Return what was chosen, and what is wrong with it, by field."""
    errors = {}
    found: dict[Kind, frozenset[str]] = {
        Kind.THEME: frozenset(ticked(form, "themes")) & themes,
        Kind.RULE: frozenset(ticked(form, "rules")) & rules,
    }
    for kind, name, read in (
        (Kind.TAG, "tags", voice_marks.tags),
        (Kind.AGENDA, "agenda", voice_marks.references),
    ):
        try:
            found[kind] = read(field(form, name))
        except CannotFile as wrong:
            found[kind] = frozenset()
            errors[name] = UNFIT[wrong.why]
    return found, errors


def _seen(form: Mapping[str, Any]) -> Marks:
    """Return what the form showed when it was opened, which its hidden fields bring back."""
    return {
        kind: frozenset(filter(None, printable(field(form, f"was_{kind}")).split(",")))
        for kind in Kind
    }


def _language(request: web.Request) -> str:
    language = request.match_info["language"]
    if language not in languages():
        raise web.HTTPNotFound
    return language


async def voice_page(
    request: web.Request,
    file: VoiceFile,
    *,
    language: str = "",
    values: Mapping[str, Any] = NOTHING,
    filed: Mapping[str, Any] = NOTHING,
    quoted: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
    later: bool = False,
) -> web.Response:
    """Answer with the story.

    *values*, *filed* and *quoted* are given back where something was wrong.
    """
    wished = language or request.query.get("translate", "")
    tongue = wished if wished in languages() else request[VISIT].language
    kept = file.heard.translations.get(tongue)
    shown = {"text": kept.text if kept else "", "origin": kept.edition.origin if kept else ""}
    async with services_of(request).database.reading() as db:
        every, names = await theme_names(db)
        titles = await rule_titles(request, db)
    marks = file.heard.marks
    return await page(
        request,
        "voice.html",
        status=422 if errors else 409 if later else 200,
        file=file,
        heard=file.heard,
        voice=file.heard.voice,
        tongue=tongue,
        spoken=languages(),
        values={**shown, **{name: field(values, name) for name in values}},
        # A stale form goes on from what is newest now, once both have been looked at.
        seen=file.edition(tongue),
        later=later,
        errors=errors,
        themes=[one for one in every if not one.retired or one.id in marks[Kind.THEME]],
        theme_names=names,
        titles=titles,
        filed=_filed(marks, filed),
        was={kind: ",".join(sorted(values)) for kind, values in _was(marks, filed).items()},
        consents=CONSENTS,
        narrower=voices.narrower(file.heard.voice.consent),
        me=member_of(request).member.id,
        quoted={name: field(quoted, name) for name in quoted},
        quote_languages=_quotable(file),
        words=voice_words,
        attachment_names=ATTACHMENTS,
        shown=SHOWN,
        opened=request.query.get("open", ""),
        longest=LONGEST,
    )


def _quotable(file: VoiceFile) -> list[str]:
    """Return the languages in which there are words of the story."""
    told = [file.heard.voice.language] if file.heard.text else []
    return list(dict.fromkeys([*told, *file.heard.translations]))


def _filed(marks: Marks, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form of marks shows: what is kept, or what was typed."""
    if isinstance(form, MultiMapping):
        return {
            "tags": field(form, "tags"),
            "agenda": field(form, "agenda"),
            "themes": set(ticked(form, "themes")),
            "rules": set(ticked(form, "rules")),
        }
    return {
        "tags": ", ".join(sorted(marks[Kind.TAG])),
        "agenda": ", ".join(sorted(marks[Kind.AGENDA])),
        "themes": marks[Kind.THEME],
        "rules": marks[Kind.RULE],
    }


def _was(marks: Marks, form: Mapping[str, Any]) -> Marks:
    return _seen(form) if isinstance(form, MultiMapping) else marks
