"""A discussion as the console shows it: what was talked about, in whose words, and to how many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from aiohttp import web

from bots import outcome_lines
from channels import segments
from channels.base import Style
from console import rulefile
from console.access import member_of
from console.services import services_of
from console.voicefile import rule_titles, theme_names
from forum import bodies
from locales import N_, languages
from outreach import discussions, report_backs, voice_marks, voices
from outreach.discussions import Discussion, Outcomes, Standing, Talk
from outreach.report_backs import Subject
from outreach.voice_marks import Kind
from storage.unit_of_work import Reads

#: What a subject is.
KINDS: Final[Mapping[Kind, str]] = {
    Kind.AGENDA: N_("Items of an agenda"),
    Kind.THEME: N_("Themes"),
    Kind.RULE: N_("Rule changes"),
}

STATES: Final[Mapping[discussions.State, str]] = {
    discussions.State.DRAFT: N_("Not told yet"),
    discussions.State.TELLING: N_("Being told"),
    discussions.State.TOLD: N_("Told"),
}

#: Subjects by kind, with what they are called: those under which a voice is filed.
Offered = Mapping[Kind, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """What one group of people is told, as an SMS. *spoken*: their language; *of*: the words'."""

    spoken: str
    people: int
    of: str
    text: str
    segments: int
    guilty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiscussionFile:
    """One discussion with all that lies beside it.

    *lines*: what is told to whom, of a draft; *standings*: what became of it, later. *written*:
    every text as an SMS, by language.
    """

    here: Discussion
    title: str
    body: str
    texts: Outcomes
    lines: tuple[Line, ...]
    written: Mapping[str, Line]
    standings: tuple[Standing, ...]

    @property
    def people(self) -> int:
        """How many would be told, or were."""
        of = self.lines if self.here.draft else self.standings
        return sum(one.people for one in of)


async def offered(request: web.Request, db: Reads) -> Offered:
    """Return everything that voices are filed under, and that can be discussed."""
    _, themes = await theme_names(db)
    titles = await rule_titles(request, db)
    names: dict[Kind, Mapping[str, str]] = {Kind.THEME: themes, Kind.RULE: titles}
    found: dict[Kind, dict[str, str]] = {}
    for kind in discussions.SUBJECTS:
        used = await voice_marks.used(db, kind)
        of_kind = names.get(kind, {one.value: one.value for one in used})
        found[kind] = {one.value: of_kind[one.value] for one in used if one.value in of_kind}
    return found


async def titles(request: web.Request, db: Reads) -> Mapping[Kind, Mapping[str, str]]:
    """Return how themes and rule changes are called, also those that no voice is filed under."""
    _, themes = await theme_names(db)
    return {Kind.THEME: themes, Kind.RULE: await rule_titles(request, db)}


def title_of(subject: Subject, called: Mapping[Kind, Mapping[str, str]]) -> str:
    """Return how a subject is called; an item of an agenda is called what it is."""
    return called.get(subject.kind, {}).get(subject.value, subject.value)


async def body_names(db: Reads) -> Mapping[str, str]:
    """Return the names of bodies by their ids."""
    return {body.id: body.name for body in await bodies.all_bodies(db)}


async def open_discussion(request: web.Request) -> DiscussionFile:
    """Return the discussion that the address names; 404 where there is none."""
    services = services_of(request)
    async with services.database.reading() as db:
        here = await discussions.get(db, request.match_info["discussion"])
        if here is None:
            raise web.HTTPNotFound
        called = await titles(request, db)
        texts = await discussions.texts_of(db, here.id)
        body = (await body_names(db)).get(here.talk.body_id, "")
        standings = tuple(await discussions.standings(db, here.id))
        expected: Mapping[str, int] = {}
        if here.draft:
            async with services.database.reading_routes() as routes:
                expected = await report_backs.expected(
                    db,
                    routes,
                    here.talk.subject,
                    before=services.now(),
                    known=voices.known_to(member_of(request).member),
                )
    today = rulefile.today_of(request)
    lines = (
        _line(here.talk, texts, body, today, spoken, people) for spoken, people in expected.items()
    )
    written = {tag: _line(here.talk, texts, body, today, tag, 0) for tag in texts}
    return DiscussionFile(
        here,
        title_of(here.talk.subject, called),
        body,
        texts,
        tuple(lines),
        written,
        standings,
    )


def _line(talk: Talk, texts: Outcomes, body: str, today: date, spoken: str, people: int) -> Line:
    """Return what is told to who speaks *spoken*; without any words, an empty line."""
    said = sms(talk, texts, body, today, spoken)
    tag, text = said if said is not None else ("", "")
    return Line(
        spoken, people, tag, text, segments.cost(text) if text else 0, segments.foreign(text)
    )


def sms(
    talk: Talk, texts: Outcomes, body: str, today: date, spoken: str
) -> tuple[str, str] | None:
    """Return the language and the words of the SMS for who speaks *spoken*."""
    return outcome_lines.line(
        texts, spoken, talk.language, body=body, day=talk.day, today=today, style=Style.SMS
    )


def tongues() -> Mapping[str, str]:
    """Return the languages in which it can be written, by tag."""
    return {tag: one.name for tag, one in languages().items()}
