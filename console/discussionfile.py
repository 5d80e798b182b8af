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
from forum import bodies, members
from locales import N_, languages
from outreach import (
    approvals,
    discussion_releases,
    discussions,
    report_backs,
    terms,
    voice_marks,
    voices,
)
from outreach.discussion_releases import Refusal
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
    discussions.State.ASKED: N_("Waits for a second person"),
    discussions.State.TELLING: N_("Being told"),
    discussions.State.TOLD: N_("Told"),
    discussions.State.STOPPING: N_("Being stopped"),
    discussions.State.STOPPED: N_("Stopped"),
}

#: Why it does not leave by this member's word.
REFUSALS: Final[Mapping[Refusal, str]] = {
    Refusal.RIGHT: N_("Only members who triage may do this."),
    Refusal.AUTHOR: N_("You recorded it, wrote some of it or asked, so somebody else has to."),
    Refusal.LATER: N_("You came to the forum after it was recorded, so somebody else has to."),
    Refusal.SECOND: N_("So many people are told only when a second person agrees. Ask one."),
    Refusal.NOBODY: N_("Nobody waits to hear of it (any more)."),
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

    *standings*: what became of it. *written*: every text as an SMS, by language. *content*: what a
    second person lets leave.
    """

    here: Discussion
    title: str
    body: str
    texts: Outcomes
    written: Mapping[str, Line]
    standings: tuple[Standing, ...]
    content: str

    @property
    def waiting(self) -> int:
        """How many messages wait to leave."""
        return sum(one.waiting for one in self.standings)

    @property
    def told(self) -> int:
        """How many people were written to, and not taken back before it left."""
        return sum(one.people - one.taken_back for one in self.standings)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would be told, as far as a member may know, and what is to be done for it.

    *second*: so many that a second person is needed. *asked_by*: their name, while one is asked
    for; *refusal*: why this member cannot be the one, None: they can.
    """

    lines: tuple[Line, ...]
    exact: bool
    second: bool
    most_alone: int
    asked_by: str
    refusal: Refusal | None

    @property
    def people(self) -> int:
        """How many would be told."""
        return sum(line.people for line in self.lines)

    @property
    def segments(self) -> int:
        """How many segments that is, if all were told by SMS."""
        return sum(line.people * line.segments for line in self.lines)


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
    today = rulefile.today_of(request)
    return DiscussionFile(
        here,
        title_of(here.talk.subject, called),
        body,
        texts,
        {tag: _line(here.talk, texts, body, today, tag, 0) for tag in texts},
        standings,
        discussion_releases.content(here.talk, texts),
    )


async def audience_of(request: web.Request, file: DiscussionFile) -> Audience | None:
    """Return who would be told; None: somebody has let it be told."""
    here, me, now = file.here, member_of(request).member, services_of(request).now()
    if not here.open:
        return None
    database = services_of(request).database
    async with database.reading() as db, database.reading_routes() as routes:
        expected = await report_backs.expected(
            db, routes, here.talk.subject, before=now, known=voices.known_to(me)
        )
        asked = await discussion_releases.of(db, here.id)
        names = await members.names(db, {asked.asked_by} if asked else set())
        second = await approvals.needs_second(db, expected.people, me.id, now)
        refusal = await discussion_releases.may_be_second(db, here, me)
        most = (await terms.read(db)).alone_up_to
    today = rulefile.today_of(request)
    lines = (
        _line(here.talk, file.texts, file.body, today, spoken, people)
        for spoken, people in expected.languages.items()
    )
    asker = names.get(asked.asked_by, "") if asked else ""
    return Audience(tuple(lines), expected.exact, second, most, asker, refusal)


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
