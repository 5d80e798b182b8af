"""Surveys: all of them, and one with its questions, its time and its sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from bots import asking
from console import survey_words as words
from console.access import member_of
from console.notices import Notice
from console.once import first_time, new_token
from console.responses import field, go, page
from console.services import services_of
from forum import bodies
from forum.members import Right, printable
from locales import N_, chain, languages
from outreach import (
    inviting,
    rule_changes,
    rule_texts,
    saved_audiences,
    survey_invitations,
    survey_tallies,
    surveys,
)
from outreach.audiences import EVERYBODY, Audience
from outreach.inviting import NotListening
from outreach.questionnaire import Flaw, Mode, Question, Questionnaire, Words, blocked, flaws
from outreach.rule_texts import Part
from outreach.survey_invitations import LARGEST, Drawn
from outreach.survey_tallies import Taking
from outreach.surveys import CannotOpen, Frame, Survey
from storage.unit_of_work import Reads, Transaction

#: Characters of a name and of a note.
NAME: Final = 100
NOTE: Final = 500

#: Surveys on a page of the list.
PAGE: Final = 30

#: Days for which a survey listens where nobody says otherwise.
USUAL: Final = 14

NO_NAME = N_("Give it a name of at most 100 characters.")
CHOOSE = N_("Choose one of these.")
PAST = N_("Choose a day that is still to come.")
MEND = N_("Something must be mended first; it stands below.")
SIZE = N_("Write a whole number of people, 1 at least.")
NOBODY = N_("Nobody is in this audience, or a sample was drawn already.")

NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Row:
    """One survey of the list. *rate*: who came to the end of those in the sample, 0 to 1."""

    survey: Survey
    taking: Taking
    state: str

    @property
    def rate(self) -> float | None:
        """Return the response rate; None: nobody was asked."""
        drawn = self.survey.drawn
        return self.taking.sampled_done / drawn if drawn else None


async def show(request: web.Request) -> web.Response:
    """List all of them; ``?mode=quiz&rule=R7`` begins a quiz about that rule."""
    return await _list(request)


async def create(request: web.Request) -> web.Response:
    """Begin a draft."""
    form, services = await request.post(), services_of(request)
    name = printable(field(form, "name"))
    known = {str(mode): mode for mode in Mode}
    mode, language = known.get(field(form, "mode")), field(form, "language")
    errors = {}
    if not 0 < len(name) <= NAME:
        errors["name"] = NO_NAME
    if mode is None:
        errors["mode"] = CHOOSE
    if language not in languages():
        errors["language"] = CHOOSE
    rule = field(form, "rule") if mode is Mode.QUIZ else ""
    if rule and rule not in await told_rules(request):
        errors["rule"] = CHOOSE
    if errors or mode is None:
        return await _list(request, form, errors)
    given = {**acting(request), "rule": rule or None}
    async with services.database.transaction() as db:
        if not await first_time(db, field(form, "once"), services.now()):
            return go(request, "/surveys", Notice("twice"))
        made = await surveys.create(db, mode=mode, name=name, language=language, **given)
    return go(request, f"/surveys/{made}", Notice("survey_begun", {"name": name}))


async def _list(
    request: web.Request,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    services = services_of(request)
    typed = request.query.get("before", "")
    before = typed if typed.isascii() and typed.isdecimal() else None
    async with services.database.reading() as db:
        found = await surveys.recent(db, limit=PAGE + 1, before=before)
        shown = found[:PAGE]
        taking = await survey_tallies.taking(db, [one.id for one in shown])
    now = services.now()
    rows = [Row(one, taking.get(one.id, Taking()), state_of(one, now)) for one in shown]
    return await page(
        request,
        "surveys.html",
        status=422 if errors else 200,
        rows=rows,
        more=shown[-1].code if len(found) > PAGE else None,
        paged=before is not None,
        values=form or {"language": services.default_language, **_asked_for(request)},
        rules=await told_rules(request),
        errors=errors,
        modes=words.MODES,
        spoken=languages(),
        name_characters=NAME,
        once=new_token(),
    )


def _asked_for(request: web.Request) -> dict[str, str]:
    """Return what the address already says of a survey that is to be begun."""
    return {name: request.query.get(name, "") for name in ("mode", "rule")}


async def told_rules(request: web.Request) -> dict[str, str]:
    """Return what the published rules are called, by their references, the newest first."""
    async with services_of(request).database.reading() as db:
        rules, titles = await rule_changes.published(db), await rule_texts.titles(db)
    language = member_of(request).member.language
    return {
        rule.reference: f"{rule.reference} · {title}"
        for rule in rules
        for tongues in [(*chain(language), rule.facts.base)]
        for title in [rule_texts.words(titles[rule.id], Part.TITLE, tongues, sms=False)]
    }


def state_of(survey: Survey, now: datetime) -> str:
    """Return how far a survey is, as a msgid."""
    if survey.state is surveys.State.OPEN and survey.expired(now):
        return words.EXPIRED
    return words.STATES[survey.state]


# --- one ----------------------------------------------------------------------------------------


async def wanted(request: web.Request, db: Reads) -> Survey:
    """Return the survey that the address names, or 404."""
    survey = await surveys.get(db, request.match_info["survey"])
    if survey is None:
        raise web.HTTPNotFound
    return survey


def acting(request: web.Request) -> dict[str, Any]:
    """Return who changes something, and when, as every change is told."""
    return {"by": member_of(request).member.id, "now": services_of(request).now()}


async def show_one(request: web.Request) -> web.Response:
    """Show its questions as phones show them, and what can be done with it."""
    return await _one(request)


@dataclass(frozen=True, slots=True)
class Put:
    """A question as the page shows it, with what is amiss."""

    question: Question
    shown: Mapping[str, asking.Shown]
    flaws: Sequence[Flaw]


async def _one(
    request: web.Request,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    services = services_of(request)
    async with services.database.reading() as db:
        survey = await wanted(request, db)
        asked = await surveys.questionnaire(db, survey)
        standing = await survey_invitations.standing(db, survey.id)
        taking = await survey_tallies.taking(db, [survey.id])
        sites = await bodies.all_sites(db)
        audiences = await saved_audiences.every(db)
        undraws = await survey_invitations.may_be_put_back(db, survey)
        repeated = any(one.round_of == survey.id for one in await surveys.rounds(db, survey))
    amiss = flaws(asked, list(languages()))
    values = form or _filled(survey, asked)
    until = services.now() + timedelta(days=USUAL)
    return await page(
        request,
        "survey.html",
        status=422 if errors else 200,
        survey=survey,
        state=state_of(survey, services.now()),
        listens=survey.listens(services.now()),
        asked=asked,
        put=[_put(asked, question, amiss) for question in asked.questions],
        amiss=[flaw for flaw in amiss if flaw.position == 0],
        ready=not blocked(asked),
        invited=standing,
        taking=taking.get(survey.id, Taking()),
        sites=sites,
        here_at=next((site.name for site in sites if site.id == survey.site_id), None),
        audiences=audiences,
        values=values,
        errors=errors,
        until=until.astimezone(services.zone).date().isoformat(),
        rules={**_unpublished(survey), **await told_rules(request)},
        may_build=member_of(request).may(Right.BROADCAST),
        may_read=member_of(request).may(Right.TRIAGE),
        invitations={tag: asking.invitation(survey, tag) for tag in sorted(asked.spoken())},
        spoken=languages(),
        words=words,
        most_people=LARGEST,
        name_characters=NAME,
        note_characters=NOTE,
        once=new_token(),
        may_undraw=undraws,
        repeated=repeated,
    )


def _unpublished(survey: Survey) -> dict[str, str]:
    """Return the rule that a quiz is about, so that it stays in the list once it is withdrawn."""
    return {survey.rule: survey.rule} if survey.rule else {}


def _put(asked: Questionnaire, question: Question, amiss: Sequence[Flaw]) -> Put:
    spoken = [tag for tag in languages() if asked.tongue(question, tag) == tag]
    shown = {tag: asking.shown(asked, question, tag) for tag in spoken}
    return Put(question, shown, [flaw for flaw in amiss if flaw.position == question.position])


def _filled(survey: Survey, asked: Questionnaire) -> dict[str, str]:
    """Return what the form shows of a survey."""
    filled = {
        "name": survey.name,
        "language": survey.language,
        "note": survey.note,
        "site": survey.site_id or "",
        "rule": survey.rule or "",
        "free": "yes" if survey.free else "",
    }
    for owner, texts in (("opening", asked.opening), ("closing", asked.closing)):
        for tag, said in texts.items():
            filled[f"{owner}_{tag}"] = said.full
            filled[f"{owner}short_{tag}"] = said.short
    return filled


async def keep(request: web.Request) -> web.Response:
    """Keep what stands around the questions of a draft."""
    form, services = await request.post(), services_of(request)
    name, language = printable(field(form, "name")), field(form, "language")
    errors = {}
    if not 0 < len(name) <= NAME:
        errors["name"] = NO_NAME
    if language not in languages():
        errors["language"] = CHOOSE
    rule = field(form, "rule")
    if errors:
        return await _one(request, form, errors)
    known = await told_rules(request)
    async with services.database.transaction() as db:
        survey = await _draft(request, db)
        sites = {site.id for site in await bodies.all_sites(db)}
        site = field(form, "site") if field(form, "site") in sites else None
        if survey.mode is not Mode.QUIZ or rule not in {*known, survey.rule}:
            rule = ""
        kept = Frame(
            name,
            language,
            bool(field(form, "free")),
            rule or None,
            printable(field(form, "note"))[:NOTE],
            survey.expires_at,
            texts_of(form, "opening"),
            texts_of(form, "closing"),
            site,
        )
        given = acting(request)
        await surveys.frame(db, survey, kept, **given)
    return _go(request, survey, Notice("survey_kept", {"name": name}))


def texts_of(form: Mapping[str, Any], owner: str) -> dict[str, Words]:
    """Return what was typed for one text in every language."""
    typed = {
        tag: Words(
            printable(field(form, f"{owner}_{tag}")), printable(field(form, f"{owner}short_{tag}"))
        )
        for tag in languages()
    }
    return {tag: said for tag, said in typed.items() if said.full}


async def _draft(request: web.Request, db: Transaction) -> Survey:
    """Return the draft that the address names; 404 where it is none any more."""
    survey = await wanted(request, db)
    if not survey.draft:
        raise web.HTTPNotFound
    return survey


# --- its time -----------------------------------------------------------------------------------


async def begin(request: web.Request) -> web.Response:
    """Open a draft."""
    services, until = services_of(request), _end_of(request, await request.post())
    if until is None:
        return await _one(request, errors={"until": PAST})
    given = acting(request)
    try:
        async with services.database.transaction() as db:
            survey = await _draft(request, db)
            await surveys.begin(db, services.keyring, survey, expires_at=until, **given)
    except CannotOpen:
        return await _one(request, errors={"open": MEND})
    said = {"name": survey.name, "code": survey.code}
    return _go(request, survey, Notice("survey_opened", said))


async def close(request: web.Request) -> web.Response:
    """Let it listen no more."""
    services = services_of(request)
    async with services.database.transaction() as db:
        survey = await wanted(request, db)
        await surveys.close(db, survey, by=member_of(request).member.id, now=services.now())
    return _go(request, survey, Notice("survey_closed", {"name": survey.name}))


async def extend(request: web.Request) -> web.Response:
    """Give it more time, or time again."""
    services, until = services_of(request), _end_of(request, await request.post())
    if until is None:
        return await _one(request, errors={"until": PAST})
    given = acting(request)
    async with services.database.transaction() as db:
        survey = await wanted(request, db)
        if not await surveys.extend(db, survey, until, **given):
            raise web.HTTPNotFound
    return _go(request, survey, Notice("survey_extended", {"name": survey.name}))


def _end_of(request: web.Request, form: Mapping[str, Any]) -> datetime | None:
    """Return the end of the day that was chosen; None: it is past, or none."""
    services = services_of(request)
    try:
        day = date.fromisoformat(field(form, "until"))
        end = datetime.combine(day, datetime.min.time(), tzinfo=services.zone)
        end += timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return end if end > services.now() else None


async def repeat(request: web.Request) -> web.Response:
    """Begin the next round."""
    form, services = await request.post(), services_of(request)
    given = acting(request)
    async with services.database.transaction() as db:
        if not await first_time(db, field(form, "once"), services.now()):
            return go(request, f"/surveys/{request.match_info['survey']}", Notice("twice"))
        again = await surveys.repeat(db, await wanted(request, db), **given)
    return go(request, f"/surveys/{again}", Notice("survey_repeated"))


async def discard(request: web.Request) -> web.Response:
    """Delete a draft."""
    services, given = services_of(request), acting(request)
    async with services.database.transaction() as db:
        survey = await wanted(request, db)
        if survey.drawn:
            await survey_invitations.put_back(db, survey, **given)
        gone = await surveys.discard(db, survey, **given)
    if not gone:
        return _go(request, survey, Notice("survey_stays"))
    return go(request, "/surveys", Notice("survey_discarded", {"name": survey.name}))


# --- its sample ---------------------------------------------------------------------------------


async def draw(request: web.Request) -> web.Response:
    """Draw a sample."""
    form, services = await request.post(), services_of(request)
    typed = field(form, "size")
    size = (
        int(typed) if typed.isascii() and typed.isdigit() and len(typed) < len(str(LARGEST)) else 0
    )
    if not size:
        return await _one(request, errors={"size": SIZE})
    given = acting(request)
    try:
        async with services.database.transaction() as db:
            survey = await wanted(request, db)
            audience = await _audience(db, form)
            how = {"by_site": bool(field(form, "by_site")), **given}
            drawn = await survey_invitations.draw(db, survey, audience, size, **how)
    except LookupError:
        return await _one(request, errors={"audience": CHOOSE})
    except Drawn:
        return await _one(request, errors={"size": NOBODY})
    return _go(request, survey, Notice("survey_drawn", {"count": str(drawn)}))


async def undraw(request: web.Request) -> web.Response:
    """Put the sample back, so that another can be drawn."""
    services, given = services_of(request), acting(request)
    async with services.database.transaction() as db:
        survey = await wanted(request, db)
        done = await survey_invitations.put_back(db, survey, **given)
    return _go(request, survey, Notice("survey_undrawn" if done else "survey_stays"))


async def invite(request: web.Request) -> web.Response:
    """Begin a broadcast that invites people to it."""
    services, by = services_of(request), member_of(request).member
    try:
        async with services.database.transaction() as db:
            survey = await wanted(request, db)
            asked = await surveys.questionnaire(db, survey)
            texts = {tag: asking.invitation(survey, tag) for tag in asked.spoken()}
            made = await inviting.begin(db, survey, texts, by=by, now=services.now())
    except NotListening:
        return go(request, f"/surveys/{request.match_info['survey']}", Notice("not_listening"))
    return go(request, f"/broadcasts/{made}", Notice("broadcast_of_survey"))


async def _audience(db: Reads, form: Mapping[str, Any]) -> Audience:
    """Return who was chosen: a saved audience, and what was chosen in place of a field of it.

    A field that nobody touched lets all in, or whom the audience does. Raises ``LookupError``
    where the audience is gone.
    """
    saved = await saved_audiences.get(db, field(form, "audience"))
    if saved is None and field(form, "audience"):
        raise LookupError
    chosen = {
        "sites": field(form, "site"),
        "roles": field(form, "role"),
        "genders": field(form, "gender"),
        "languages": field(form, "spoken"),
    }
    values = {name: frozenset({value}) for name, value in chosen.items() if value}
    return replace(EVERYBODY if saved is None else saved.audience, **values)


def _go(request: web.Request, survey: Survey, notice: Notice) -> web.Response:
    return go(request, f"/surveys/{survey.id}", notice)
