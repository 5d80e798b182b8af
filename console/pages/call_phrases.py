"""What is said in calls beside the parts of a rule, as recordings: brought, heard, taken away."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from bots import calling
from channels import sounds
from channels.sound_links import READ_ALOUD
from console import rule_names, soundfile
from console.access import VISIT, member_of
from console.notices import Notice
from console.pages.case import NOTHING
from console.pages.recordings import served
from console.responses import go, page
from console.services import services_of
from console.words import in_words
from forum import members
from forum.members import Right
from locales import N_, languages
from outreach import call_phrases
from outreach.call_phrases import Phrase
from outreach.recordings import LARGEST, LONGEST, Fault, Unfit

#: When each sentence is heard.
NAMES: Final[Mapping[Phrase, str]] = {
    Phrase.GREETING: N_("When the call is taken"),
    Phrase.PARTS: N_("Which key plays which part"),
    Phrase.OTHERS: N_("What the other keys do"),
    Phrase.UNRECORDED: N_("A part without a recording"),
    Phrase.WRONG: N_("A key that does nothing"),
    Phrase.SPEAK: N_("Before the tone, to leave a message"),
    Phrase.KEPT: N_("When a message was left"),
    Phrase.WILL_CALL: N_("When somebody wants to be called back"),
    Phrase.NO_CALLS: N_("When somebody wants no more calls"),
    Phrase.GOODBYE: N_("At the end"),
}


async def show(request: web.Request) -> web.Response:
    """Show the sentences in one language, each with its recording or without."""
    return await _page(request)


async def bring(request: web.Request) -> web.Response:
    """Keep a recording of one sentence, in place of the one before."""
    async with soundfile.form_of(request) as form:
        return await _bring(request, form)


async def _bring(request: web.Request, form: Mapping[str, Any]) -> web.Response:
    services, phrase, language = services_of(request), _phrase(request), _language(request)
    try:
        mime, content = await soundfile.cleaned(form.get("file"))
        async with services.database.transaction() as db:
            given: dict[str, Any] = {"by": member_of(request).member.id, "now": services.now()}
            given["words"] = calling.words(language)
            await call_phrases.keep(db, phrase, language, mime, content, **given)
    except Unfit as unfit:
        return await _page(request, {phrase: unfit.fault})
    return _back(request, "phrase_kept")


async def remove(request: web.Request) -> web.Response:
    """Take a recording away."""
    services, phrase = services_of(request), _phrase(request)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member.id, services.now()
            gone = await call_phrases.remove(db, phrase, _language(request), by=by, now=now)
    except Unfit as unfit:
        return await _page(request, {phrase: unfit.fault})
    return _back(request, "phrase_removed" if gone else "phrase_gone")


async def listen(request: web.Request) -> web.Response:
    """Answer with the recording itself."""
    phrase, language = _phrase(request), _language(request)
    async with services_of(request).database.reading() as db:
        kept = (await call_phrases.of(db, language, calling.words(language))).get(phrase)
        sound = await sounds.get(db, kept.sound_id) if kept else None
    if sound is None:
        raise web.HTTPNotFound
    return served(request, sound, f"call-{phrase}-{language}")


def _language(request: web.Request) -> str:
    language = request.match_info["language"]
    if language not in languages():
        raise web.HTTPNotFound
    return language


def _phrase(request: web.Request) -> Phrase:
    phrase = next((one for one in Phrase if one == request.match_info["phrase"]), None)
    if phrase is None:
        raise web.HTTPNotFound
    return phrase


def _back(request: web.Request, said: str) -> web.Response:
    phrase = _phrase(request)
    words = {"phrase": in_words(NAMES[phrase], request[VISIT].language)}
    return go(request, f"/calls/{_language(request)}#{phrase}", Notice(said, words))


async def _page(
    request: web.Request, errors: Mapping[Phrase, Fault] | Mapping[str, str] = NOTHING
) -> web.Response:
    tongue = _language(request)
    written = calling.words(tongue)
    async with services_of(request).database.reading() as db:
        kept = await call_phrases.of(db, tongue, written)
        people = await members.names(db, [one.kept_by for one in kept.values()])
    return await page(
        request,
        "call_phrases.html",
        status=422 if errors else 200,
        tongue=tongue,
        names=NAMES,
        written=written,
        kept=kept,
        lacking=sum(phrase not in kept or not kept[phrase].plays for phrase in Phrase),
        read_aloud=tongue in READ_ALOUD,
        people=people,
        errors=errors,
        faults=rule_names.RECORDING_FAULTS,
        kinds=rule_names.SOUNDS,
        spoken=languages(),
        longest=LONGEST,
        largest=LARGEST,
        may_write=member_of(request).may(Right.BROADCAST),
    )
