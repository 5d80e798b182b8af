"""Words of a story on their way to be quoted, and consent that is narrowed."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from console.access import member_of
from console.notices import Notice
from console.pages.voice import voice_page
from console.responses import field, go
from console.services import services_of
from console.voice_words import (
    CHOOSE,
    EMPTY,
    NOT_ASKED,
    NOT_CHECKED,
    NOT_THEIR_WORDS,
    QUOTE_TOO_LONG,
)
from console.voicefile import VoiceFile, open_voice
from forum.members import NotAllowed
from outreach import quotes, voices
from outreach.quotes import LONGEST, Moved, Quote, Wording, exact
from outreach.voice_translations import Origin
from outreach.voices import Consent


async def propose(request: web.Request) -> web.Response:
    """Propose words to be quoted; they wait for a second person."""
    form, file = await request.post(), await open_voice(request)
    text, language = field(form, "quote"), field(form, "quote_language")
    origin = _origin(file, language, text)
    if not text or len(text) > LONGEST or origin is None:
        wrong = EMPTY if not text else QUOTE_TOO_LONG if len(text) > LONGEST else NOT_THEIR_WORDS
        return await voice_page(request, file, quoted=form, errors={"quote": wrong})
    wording = Wording(text, language, origin)
    return await _done(request, "quote_proposed", quotes.propose, file.heard.voice.id, wording)


async def release(request: web.Request) -> web.Response:
    """Let every member read words that somebody else proposed."""
    form, file = await request.post(), await open_voice(request)
    quote = _quote(request, file)
    if not field(form, "checked"):
        errors = {f"checked_{quote.id}": NOT_CHECKED}
        return await voice_page(request, file, errors=errors)
    return await _done(request, "quote_released", quotes.release, quote.id, file.private)


async def take_back(request: web.Request) -> web.Response:
    """Erase words that wait, or that are released."""
    quote = _quote(request, await open_voice(request))
    return await _done(request, "quote_back", quotes.take_back, quote.id)


async def narrow(request: web.Request) -> web.Response:
    """Keep that the teller allows less than before; what is quoted beyond it is taken back."""
    form, file = await request.post(), await open_voice(request)
    voice, to, errors = file.heard.voice, field(form, "to"), {}
    if to not in voices.narrower(voice.consent):
        errors["to"] = CHOOSE
    if not field(form, "asked"):
        errors["asked"] = NOT_ASKED
    if errors:
        return await voice_page(request, file, errors=errors)
    return await _done(request, "voice_narrowed", quotes.narrow, voice.id, Consent(to))


async def _done(
    request: web.Request, said: str, act: Callable[..., Awaitable[Any]], *what: Any
) -> web.Response:
    """Do it and say so, or say why not."""
    services, path = services_of(request), f"/voices/{request.match_info['voice']}"
    try:
        async with services.database.transaction() as db:
            await act(db, *what, by=member_of(request).member, now=services.now())
    except NotAllowed:
        return go(request, path, Notice("not_alone"))
    except Moved:
        return go(request, path, Notice("gone_on_quote"))
    return go(request, path, Notice(said))


def _quote(request: web.Request, file: VoiceFile) -> Quote:
    """Return the quote that the address names; 404 where it is not of this story, or gone."""
    wished = request.match_info["quote"]
    found = next((one.quote for one in file.quotes if one.quote.id == wished), None)
    if found is None:
        raise web.HTTPNotFound
    return found


def _origin(file: VoiceFile, language: str, text: str) -> str | None:
    """Return whose words *text* is made of; None: it does not stand in the story like that."""
    voice, told = file.heard.voice, file.heard.translations.get(language)
    own = language == voice.language
    if own and exact(text, file.heard.text or ""):
        return "original"
    if told is None or not exact(text, told.text):
        return None
    # What a person wrote down of a voice note is the teller's own.
    return "original" if own and told.edition.origin is Origin.HUMAN else told.edition.origin
