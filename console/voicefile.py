"""Voices as the console shows them: opened with a member's own key, with all that lies beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from console import rulefile
from console.access import VISIT, member_of
from console.services import services_of
from forum import attachments, keyholders, members
from forum.attachments import Attachment
from locales import chain
from outreach import (
    quotes,
    rule_changes,
    rule_texts,
    themes,
    voice_marks,
    voice_translations,
    voices,
)
from outreach.quotes import Quote
from outreach.themes import Theme
from outreach.voice_marks import NO_MARKS, Marks
from outreach.voice_translations import Translation
from outreach.voices import Voice
from storage.unit_of_work import Reads
from vault.seals import CannotOpen


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """One edition of a translation, opened."""

    edition: Translation
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """A story, opened; *text* None: this member has no key to it.

    *translations* by language, without those that were taken away.
    """

    voice: Voice
    text: str | None
    attachments: Sequence[Attachment] = ()
    translations: Mapping[str, Told] = field(default_factory=dict)
    marks: Marks = field(default_factory=lambda: NO_MARKS)

    def beside(self, language: str) -> Told | None:
        """Return the translation that a reader of *language* wants to see; None: there is none."""
        if self.text and self.voice.language == language:
            return None
        tongues = (*chain(language), *sorted(self.translations))
        return next((self.translations[one] for one in tongues if one in self.translations), None)


@dataclass(frozen=True, slots=True, repr=False)
class Quoted:
    """What is quoted of a story, or waits to be, opened."""

    quote: Quote
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class VoiceFile:
    """One story with every edition of its translations, and what is quoted of it.

    *people*: names of who wrote any of it.
    """

    heard: Heard
    private: bytes
    history: Sequence[Told]
    people: Mapping[str, str]
    quotes: Sequence[Quoted] = ()

    def edition(self, language: str) -> int:
        """Return the number of the newest edition in *language*; 0: there was none."""
        of = (one.edition.edition for one in self.history if one.edition.language == language)
        return max(of, default=0)


async def opened(request: web.Request, db: Reads, rows: Sequence[Voice]) -> list[Heard]:
    """Open as many of these voices as this member has keys to."""
    me = member_of(request)
    ids = [voice.id for voice in rows]
    keys = await keyholders.open_many(db, ids, me.member.id, me.session.private)
    translated = await voice_translations.newest(db, list(keys))
    marks = await voice_marks.of_voices(db, ids)
    came = await attachments.of_subjects(db, list(keys))
    return [
        _heard(
            voice,
            keys.get(voice.id),
            came.get(voice.id, ()),
            translated.get(voice.id, ()),
            marks[voice.id],
        )
        for voice in rows
    ]


def _heard(
    voice: Voice,
    private: bytes | None,
    came: Sequence[Attachment],
    beside: Sequence[Translation],
    marks: Marks,
) -> Heard:
    if private is None:
        return Heard(voice, None, marks=marks)
    try:
        text = voices.read(private, voice)
    except CannotOpen:
        return Heard(voice, None, marks=marks)
    told = {one.edition.language: one for one in _read(private, beside) if one.text}
    return Heard(voice, text, came, told, marks)


def _read(private: bytes, editions: Sequence[Translation]) -> list[Told]:
    return [Told(one, voice_translations.read(private, one)) for one in editions]


async def voice_of(request: web.Request, db: Reads) -> Voice:
    """Return the voice that the address names, still sealed; 404 where there is none."""
    voice = await voices.get(db, request.match_info["voice"])
    if voice is None:
        raise web.HTTPNotFound
    return voice


async def open_voice(request: web.Request) -> VoiceFile:
    """Open the voice that the address names; 404 where there is none, or no key to it."""
    me = member_of(request)
    async with services_of(request).database.reading() as db:
        voice = await voice_of(request, db)
        keys = await keyholders.open_many(db, [voice.id], me.member.id, me.session.private)
        (heard,) = await opened(request, db, [voice])
        if heard.text is None:
            raise web.HTTPNotFound
        editions = await voice_translations.history(db, voice.id)
        found = await quotes.of_voice(db, voice.id)
        wrote = {one.by for one in editions} | {one.written_by for one in found}
        people = await members.names(db, wrote)
    private = keys[voice.id]
    quoted = [Quoted(one, quotes.read(private, one)) for one in found]
    return VoiceFile(heard, private, _read(private, editions), people, quoted)


async def theme_names(db: Reads) -> tuple[Sequence[Theme], Mapping[str, str]]:
    """Return all themes, and their names by id."""
    every = await themes.every(db)
    return every, {theme.id: theme.name for theme in every}


async def rule_titles(request: web.Request, db: Reads) -> Mapping[str, str]:
    """Return what each rule change is called in this member's language, by id."""
    language = request[VISIT].language
    texts = await rule_texts.newest(db)
    titles = {}
    for rule in await rule_changes.every(db):
        title = rulefile.title_of(rule, texts.get(rule.id, {}), language)
        named = title == rule.reference
        titles[rule.id] = title if named else f"{rule.reference}: {title}"
    return titles
