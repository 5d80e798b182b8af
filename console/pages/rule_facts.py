"""The facts of a rule change: class, law, authority, days, and to whom it applies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from aiohttp import web

from console import rule_names, rulefile
from console.access import VISIT, member_of
from console.audience_form import translated
from console.notices import Notice
from console.pages.case import NOTHING
from console.responses import field, go, page, ticked
from console.rulefile import RuleFile, open_rule
from console.services import services_of
from console.words import in_words
from forum import bodies
from forum.bodies import Site
from forum.members import printable
from locales import N_, languages
from outreach import rule_changes, rule_dates, rule_drafting
from outreach.audiences import Audience
from outreach.rule_changes import LONGEST, Facts, Practice
from outreach.rule_dates import FIELDS, Dates
from outreach.rule_drafting import Changed

CHOOSE: Final = N_("Choose one of these.")
NO_LAW: Final = N_("Write the law and its article, in at most 200 characters.")
NO_AUTHORITY: Final = N_("Write who stands behind it, in at most 200 characters.")
NO_DAY: Final = N_("This is no day of the calendar.")
TOO_EARLY: Final = N_("This day cannot come before: %(than)s.")
NOT_LATER: Final = N_("This day has to come after: %(than)s.")

#: Fields of an audience that a rule change asks for, in the order of the page.
APPLIES: Final = ("districts", "sites", "minerals", "roles")


@dataclass(frozen=True, slots=True)
class Box:
    """One thing that can be ticked."""

    value: str
    text: str
    ticked: bool


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new one."""
    return await _form(request, None, {"base": services_of(request).default_language})


async def add(request: web.Request) -> web.Response:
    """Begin one, and go on to its words."""
    form, services = await request.post(), services_of(request)
    facts, errors = _read(form, request[VISIT].language)
    if facts is None:
        return await _form(request, None, _typed(form), errors)
    async with services.database.transaction() as db:
        by, now = member_of(request).member.id, services.now()
        rule_id = await rule_drafting.draft(db, facts, by=by, now=now)
    async with services.database.reading() as db:
        rule = await rule_changes.find(db, rule_id)
    said = Notice("change_begun", {"rule": rule.reference if rule else ""})
    return go(request, f"/rules/{rule_id}/words/{facts.base}", said)


async def show(request: web.Request) -> web.Response:
    """Show the form of one, as its newest edition is."""
    file = await open_rule(request)
    return await _form(request, file, {**_shown(file.rule.facts), "seen": file.mark})


async def change(request: web.Request) -> web.Response:
    """Keep what was changed. Who comes later than somebody else gets both to look at."""
    form, file, services = await request.post(), await open_rule(request), services_of(request)
    facts, errors = _read(form, request[VISIT].language)
    if facts is None:
        return await _form(request, file, _typed(form), errors)
    if field(form, "seen") != file.mark:
        return await _later(request, file, form)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member.id, services.now()
            await rule_drafting.change(db, file.rule, facts, by=by, now=now)
    except Changed:
        return await _later(request, await open_rule(request), form)
    return go(request, f"/rules/{file.rule.id}", Notice("change_kept", {"rule": file.title}))


async def _later(request: web.Request, file: RuleFile, form: Mapping[str, Any]) -> web.Response:
    """Give back what was typed, beside what somebody else kept meanwhile."""
    typed = {**_typed(form), "seen": file.mark}
    return await _form(request, file, typed, later=True)


# --- what was typed -----------------------------------------------------------------------------


def _read(form: Mapping[str, Any], language: str) -> tuple[Facts | None, dict[str, str]]:
    """Return the facts that were typed; or None, and what is wrong, by field."""
    practice, base = field(form, "practice"), field(form, "base")
    legal, authority = (printable(field(form, name)) for name in ("legal", "authority"))
    errors = {
        name: said
        for name, wrong, said in (
            ("practice", practice not in {*Practice}, CHOOSE),
            ("base", base not in languages(), CHOOSE),
            ("legal", not 0 < len(legal) <= LONGEST, NO_LAW),
            ("authority", not 0 < len(authority) <= LONGEST, NO_AUTHORITY),
        )
        if wrong
    }
    dates, undated = _dates(form, language)
    errors |= undated
    if errors:
        return None, errors
    asked = {name: frozenset(_plain(ticked(form, name))) for name in APPLIES}
    return Facts(Practice(practice), legal, authority, base, Audience(**asked), dates), {}


def _dates(form: Mapping[str, Any], language: str) -> tuple[Dates, dict[str, str]]:
    typed = {name: field(form, name) for name in FIELDS}
    days = {name: _day(text) for name, text in typed.items() if text}
    dates = Dates(**days)
    errors = {name: NO_DAY for name, day in days.items() if day is None}
    for name, wrong in rule_dates.misplaced(dates).items():
        than = in_words(rule_names.DATES[wrong.than], language)
        said = in_words(NOT_LATER if wrong.strictly else TOO_EARLY, language)
        errors.setdefault(name, said % {"than": than})
    return dates, errors


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _plain(values: Sequence[str]) -> list[str]:
    return [value for value in map(printable, values) if 0 < len(value) <= LONGEST]


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    return {**form, **{name: ticked(form, name) for name in APPLIES}}


# --- what is shown ------------------------------------------------------------------------------


def _shown(facts: Facts) -> dict[str, Any]:
    """Return facts as the form shows them."""
    days = {name: day.isoformat() for name, day in facts.dates.given().items()}
    asked = {name: sorted(getattr(facts.applies, name)) for name in APPLIES}
    return {
        "practice": facts.practice,
        "base": facts.base,
        "legal": facts.legal,
        "authority": facts.authority,
        **days,
        **asked,
    }


async def _form(
    request: web.Request,
    file: RuleFile | None,
    values: Mapping[str, Any],
    errors: Mapping[str, str] = NOTHING,
    *,
    later: bool = False,
) -> web.Response:
    async with services_of(request).database.reading() as db:
        sites = await bodies.all_sites(db)
    language = request[VISIT].language
    kept = _shown(file.rule.facts) if file and later else {}
    return await page(
        request,
        "rule_facts.html",
        status=422 if errors else 409 if later else 200,
        file=file,
        values=values,
        errors=errors,
        later=later,
        kept=_differing(kept, values),
        boxes=_boxes(sites, values, language),
        kept_boxes=_boxes(sites, kept, language),
        names=rule_names,
        spoken=languages(),
        longest=LONGEST,
        changed_by=rulefile.changed_by(file) if file else "",
    )


def _differing(kept: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was kept meanwhile and reads otherwise than what was typed."""
    names = {**kept, **{name: "" for name in FIELDS if kept}}
    return {
        name: kept.get(name, "") for name in names if kept.get(name, "") != values.get(name, "")
    }


def _boxes(
    sites: Sequence[Site], values: Mapping[str, Any], language: str
) -> dict[str, list[Box]]:
    """Return what can be ticked, and what is, even where no site has it any more."""
    named = {
        "districts": {site.district: site.district for site in sites},
        "sites": {site.id: f"{site.code} {site.name}" for site in sites},
        "minerals": {site.mineral: site.mineral for site in sites},
        "roles": translated(rule_names.ROLES, language),
    }
    return {name: _ordered(texts, values.get(name, ())) for name, texts in named.items()}


def _ordered(texts: Mapping[str, str], chosen: Sequence[str]) -> list[Box]:
    every = {**texts, **{value: texts.get(value, value) for value in chosen}}
    return [Box(value, text, value in chosen) for value, text in every.items()]
