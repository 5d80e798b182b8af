"""Outreach that is no text: what was done where, kept, confirmed, corrected, struck out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from aiohttp import web

from console import coverage_words, rule_names, rulefile
from console.access import VISIT, member_of
from console.notices import Notice
from console.once import first_time, new_token
from console.pages.case import NOTHING
from console.pages.coverage import day, number
from console.responses import field, go, page, ticked
from console.services import services_of
from forum import bodies, members
from forum.members import Right, printable
from locales import N_, languages
from outreach import events, rule_changes, rule_texts, telling, vouching
from outreach.events import MOST_PEOPLE, MOST_REACH, Changed, Event, Told, Wrong
from outreach.vouching import Barred
from storage.unit_of_work import Reads

#: What is said beside a field that is wrong.
PROBLEMS: Final[Mapping[str, str]] = {
    "kind": N_("Choose one of the list."),
    "rule": N_("Choose one of the list."),
    "tells": N_("Choose the parts of the rule that were told; none where it told of no rule."),
    "place": N_("Choose one of the list."),
    "language": N_("Choose one of the list."),
    "day": N_("Choose a day; today or before."),
    "early": N_("By that day no edition of this rule had been published, so none was told."),
    "women": N_("Write a number from 0 to 100,000."),
    "men": N_("Write a number from 0 to 100,000."),
    "unsaid": N_("Write how many people were there, from 0 to 100,000 in each field."),
    "reach": N_("Write how many listen, as an estimate; for a radio alone."),
    "materials": N_("Write at most 500 characters."),
    "why": N_("Write why, in at most 500 characters."),
}

#: The field beside which a problem is said, where that has another name.
FIELDS: Final[Mapping[str, str]] = {"early": "day"}

_COUNTS: Final = dict.fromkeys(("women", "men", "unsaid"), MOST_PEOPLE) | {"reach": MOST_REACH}


@dataclass(frozen=True, slots=True)
class _Known:
    """What a form chooses from: ids, or codes of places, with their names."""

    rules: Mapping[str, str]
    places: Mapping[str, str]


async def show(request: web.Request) -> web.Response:
    """List them, the latest day first."""
    return await _list(request)


async def add(request: web.Request) -> web.Response:
    """Keep one."""
    form, services = await request.post(), services_of(request)
    by, now = member_of(request).member.id, services.now()
    try:
        async with services.database.transaction() as db:
            if not await first_time(db, field(form, "once"), now):
                return go(request, "/events", Notice("twice_kept"))
            await events.add(db, _told(form), by=by, now=now, zone=services.zone)
    except Wrong as error:
        return await _list(request, _typed(form), _errors(error))
    # Whoever came from a rule's coverage sees there what it changed.
    rule = field(form, "rule") if field(form, "from_rule") else ""
    said = Notice("event_waits" if field(form, "rule") else "event_kept")
    return go(request, f"/rules/{rule}/coverage" if rule else "/events", said)


async def show_one(request: web.Request) -> web.Response:
    """Show one, to be corrected or struck out."""
    event = await _event(request)
    return await _one(request, event, _filled(event.told))


async def correct(request: web.Request) -> web.Response:
    """Keep another in its place."""
    form, services, event = await request.post(), services_of(request), await _event(request)
    by, now = member_of(request).member.id, services.now()
    try:
        async with services.database.transaction() as db:
            made = await events.correct(
                db, event.id, _told(form), by=by, now=now, zone=services.zone
            )
    except Wrong as error:
        return await _one(request, event, _typed(form), _errors(error))
    except Changed:
        return go(request, f"/events/{event.id}", Notice("event_gone_on"))
    said = "event_corrected_waits" if field(form, "rule") else "event_corrected"
    return go(request, f"/events/{made}", Notice(said))


async def confirm(request: web.Request) -> web.Response:
    """Let one count, as its second person."""
    form, services, event = await request.post(), services_of(request), await _event(request)
    by, now, rule = member_of(request).member, services.now(), event.told.rule_id
    back = f"/rules/{rule}/coverage" if field(form, "from_rule") else f"/events/{event.id}"
    try:
        async with services.database.transaction() as db:
            await events.confirm(db, event.id, by=by, now=now)
    except Barred as error:
        errors = {"confirm": coverage_words.BARS[error.why]}
        return await _one(request, event, _filled(event.told), errors)
    except Changed:
        return go(request, back, Notice("event_gone_on"))
    return go(request, back, Notice("event_confirmed"))


async def strike(request: web.Request) -> web.Response:
    """Let one count no more."""
    form, services, event = await request.post(), services_of(request), await _event(request)
    by, now, why = member_of(request).member.id, services.now(), printable(field(form, "why"))
    try:
        async with services.database.transaction() as db:
            await events.strike(db, event.id, why, by=by, now=now)
    except Wrong as error:
        values = {**_filled(event.told), "why": field(form, "why")}
        return await _one(request, event, values, _errors(error))
    except Changed:
        return go(request, f"/events/{event.id}", Notice("event_gone_on"))
    return go(request, "/events", Notice("event_struck"))


# --- the form ------------------------------------------------------------------------------------


def _told(form: Mapping[str, Any]) -> Told:
    """Return what was typed; what is no number or day is one that ``events`` refuses."""
    kind, _, place = field(form, "place").partition(":")
    counts = {name: number(field(form, name) or "0", most) for name, most in _COUNTS.items()}
    return Told(
        field(form, "kind"),
        field(form, "language"),
        day(field(form, "day")) or date.max,
        site_id=place if kind == "site" else None,
        district=place if kind == "district" else None,
        rule_id=field(form, "rule") or None,
        tells=telling.in_order(ticked(form, "tells")),
        materials=printable(field(form, "materials")),
        **counts,
    )


def _filled(told: Told) -> dict[str, Any]:
    place = f"site:{told.site_id}" if told.site_id else f"district:{told.district}"
    return {
        "kind": told.kind,
        "rule": told.rule_id or "",
        "tells": list(told.tells),
        "place": place,
        "language": told.language,
        "day": told.day.isoformat(),
        "materials": told.materials,
        **{name: str(getattr(told, name)) for name in _COUNTS},
    }


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: field(form, name) for name in form}, "tells": ticked(form, "tells")}


def _errors(error: Wrong) -> dict[str, str]:
    return {FIELDS.get(name, name): PROBLEMS[name] for name in error.fields}


async def _known(db: Reads, language: str) -> _Known:
    sites = await bodies.all_sites(db)
    texts = await rule_texts.titles(db)
    rules = {
        rule.id: f"{rule.reference} {rulefile.title_of(rule, texts.get(rule.id, {}), language)}"
        for rule in await rule_changes.published(db)
    }
    districts = sorted({site.district for site in sites})
    places = {f"site:{site.id}": f"{site.code} · {site.name}" for site in sites}
    return _Known(rules, {**places, **{f"district:{each}": each for each in districts}})


# --- the pages -----------------------------------------------------------------------------------


async def _event(request: web.Request) -> Event:
    async with services_of(request).database.reading() as db:
        event = await events.find(db, request.match_info["event"])
    if event is None:
        raise web.HTTPNotFound
    return event


async def _list(
    request: web.Request,
    values: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    number_ = max(number(request.query.get("page", "0"), 10_000), 0)
    async with services_of(request).database.reading() as db:
        found = await events.recent(db, page=number_)
        known = await _known(db, request[VISIT].language)
    rule = request.query.get("rule", "")
    wished = {"rule": rule, "tells": ["1", "2", "3", "4", "5"], "from_rule": "yes"}
    return await _answer(
        request,
        "events.html",
        known,
        values or (wished if wished["rule"] else {}),
        errors,
        listed=found[: events.PAGE],
        once=new_token(),
        older=number_ + 1 if len(found) > events.PAGE else None,
    )


async def _one(
    request: web.Request,
    event: Event,
    values: Mapping[str, Any],
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    async with services_of(request).database.reading() as db:
        known = await _known(db, request[VISIT].language)
        hands = [hand for hand in (event.made_by, event.struck_by, event.confirmed_by) if hand]
        people = await members.names(db, hands)
        me = member_of(request).member
        barred = await vouching.bar(db, me, author=event.made_by, since=event.made_at)
    more = {"event": event, "people": people, "barred": barred}
    return await _answer(request, "event.html", known, values, errors, **more)


async def _answer(
    request: web.Request,
    template: str,
    known: _Known,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    **more: Any,
) -> web.Response:
    return await page(
        request,
        template,
        status=422 if errors else 200,
        known=known,
        words=coverage_words,
        names=rule_names,
        parts=coverage_words.PARTS,
        spoken={tag: one.name for tag, one in languages().items()},
        values=values,
        errors=errors,
        may_write=member_of(request).may(Right.BROADCAST),
        **more,
    )
