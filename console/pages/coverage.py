"""Who was told of a rule change, at which site, in which language; and how to tell the others."""

import asyncio
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from aiohttp import web

from console import broadcast_words, coverage_words, rule_names, rulefile
from console.access import VISIT, member_of
from console.notices import Notice
from console.pages.case import NOTHING
from console.responses import field, go, page, ticked
from console.rule_timeline import HEIGHT, WIDTH, stages
from console.services import services_of
from forum import members
from forum.members import Right, printable
from locales import N_, languages
from outreach import (
    coverage,
    events,
    guard,
    overrides,
    populations,
    rule_changes,
    rule_texts,
    telling,
    understood,
    vouching,
)
from outreach.audiences import FEWEST
from outreach.guard import Stage
from outreach.populations import Population
from outreach.rule_changes import RuleChange
from outreach.rule_drafting import Changed
from outreach.vouching import Barred
from storage.unit_of_work import Reads

NO_PART: Final = N_("Choose at least one part.")

#: The largest id of a statement that a form can name.
_MOST_ID: Final = 2**31 - 1

#: What is said beside a field that is wrong.
PROBLEMS: Final[Mapping[str, str]] = {
    "site": N_("Choose one of the list."),
    "language": N_("Choose one of the list."),
    "people": N_("Write a number from 0 to 10,000,000."),
    "source": N_("Write who counted, in at most 200 characters."),
    "as_of": N_("Choose the day of the count; today or before."),
}


async def show(request: web.Request) -> web.Response:
    """Show who was told, and where the rule stands between law and enforcement."""
    return await shown(request)


async def tell(request: web.Request) -> web.Response:
    """Begin a broadcast of the rule's own words."""
    form, services = await request.post(), services_of(request)
    rule_id, chosen = request.match_info["rule"], "".join(ticked(form, "parts"))
    if not telling.in_order(chosen):
        return await shown(request, form, {"parts": NO_PART})
    by, now = member_of(request).member, services.now()
    try:
        async with services.database.transaction() as db:
            made = await telling.begin(db, rule_id, chosen, by=by, now=now)
    except Changed:
        return go(request, f"/rules/{rule_id}", Notice("change_gone_on"))
    return go(request, f"/broadcasts/{made}", Notice("broadcast_of_rule"))


async def populate(request: web.Request) -> web.Response:
    """Keep how many people there are."""
    form, services = await request.post(), services_of(request)
    told = Population(
        field(form, "site"),
        field(form, "language"),
        number(field(form, "people"), populations.MOST),
        printable(field(form, "source")),
        day(field(form, "as_of")) or date.max,
    )
    by, now = member_of(request).member.id, services.now()
    try:
        async with services.database.transaction() as db:
            today = rulefile.today_of(request)
            await populations.state(db, told, by=by, now=now, today=today)
    except populations.Wrong as error:
        return await shown(request, form, {name: PROBLEMS[name] for name in error.fields})
    rule_id = request.match_info["rule"]
    return go(request, f"/rules/{rule_id}/coverage", Notice("population_kept"))


async def confirm(request: web.Request) -> web.Response:
    """Let a statement of how many there are count, as its second person."""
    form, services = await request.post(), services_of(request)
    by, now, rule_id = member_of(request).member, services.now(), request.match_info["rule"]
    try:
        async with services.database.transaction() as db:
            stated = number(field(form, "stated"), _MOST_ID)
            await populations.confirm(db, stated, by=by, now=now)
    except Barred as error:
        return await shown(request, form, {"confirm": coverage_words.BARS[error.why]})
    except populations.Changed:
        return go(request, f"/rules/{rule_id}/coverage", Notice("event_gone_on"))
    return go(request, f"/rules/{rule_id}/coverage", Notice("population_confirmed"))


async def shown(
    request: web.Request,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    """Answer with the page of a published rule, with what was typed and what is wrong with it."""
    services, me = services_of(request), member_of(request)
    language, today = request[VISIT].language, rulefile.today_of(request)
    async with services.database.reading() as db:
        rule = await _rule(db, request)
        earlier = rule.edition.number != rule.told
        editions = [one.number for one in await rule_changes.history(db, rule.id) if one.frozen]
        texts = await rule_texts.texts_of(db, rule.id, rule.edition.number)
        judged = await guard.may_begin(db, rule)
        begun = await guard.stages(db, rule.id, rule.edition.number)
        by_broadcasts = await telling.by_broadcasts(db, rule.id, rule.edition.number)
        asked = await overrides.of(db, rule.id, rule.edition.number)
        hands = {one.asked_by for one in asked} | {one.decided_by for one in asked}
        hands |= {one.begun_by for one in begun.values()}
        quiz = await understood.quiz_of(db, rule.reference)
        told_too = await events.waiting(db, rule.id, rule.edition.number)
        sites = {site.id: site for site in judged.coverage.sites}
        stated = [one for one in await populations.waiting(db) if one.told.site_id in sites]
        hands |= {one.made_by for one in told_too} | {one.stated_by for one in stated}
        people = await members.names(db, [hand for hand in hands if hand])
        waits = next((one for one in asked if one.outcome is overrides.Outcome.ASKED), None)
        # What an earlier edition waited for is over: all that is done is done to the one told now.
        waits = None if earlier else waits
        second = waits and await overrides.may_be_second(db, waits, me.member) is None
    shares = await asyncio.to_thread(understood.by_site, quiz) if quiz else {}
    line = stages(rule.dates, {str(name): one.day for name, one in begun.items()}, today)
    return await page(
        request,
        "coverage.html",
        status=422 if errors else 200,
        rule=rule,
        title=rulefile.title_of(rule, texts, language),
        judged=judged,
        begun=begun,
        enforced=begun.get(Stage.ENFORCEMENT),
        asked=asked,
        waits=waits,
        second=second,
        mine=waits is not None and waits.asked_by == me.member.id,
        people=people,
        line=line,
        today=today,
        words=coverage_words,
        names=rule_names,
        parts=coverage_words.PARTS,
        fewest=FEWEST,
        least_listed=coverage.LEAST_LISTED,
        for_some=coverage.for_some(rule.facts.applies),
        spoken={tag: one.name for tag, one in languages().items()},
        sites=sites,
        told_too=told_too,
        stated=stated,
        bar_of=partial(vouching.bar_of, me.member),
        by_broadcasts=by_broadcasts,
        state_of=broadcast_words.state_of,
        quiz=quiz.survey if quiz else None,
        shares=shares,
        earlier=earlier,
        editions=sorted(editions),
        may_write=me.may(Right.BROADCAST) and not earlier,
        values=form,
        errors=errors,
        width=WIDTH,
        height=HEIGHT,
    )


async def _rule(db: Reads, request: web.Request) -> RuleChange:
    """Return the edition that miners hear, or the earlier one that the address names."""
    told = await rule_changes.as_told(db, request.match_info["rule"])
    typed = request.query.get("edition", "")
    if told is None or not typed:
        found = told
    else:
        found = await rule_changes.find(db, told.id, number(typed, told.edition.number))
    if found is None:
        raise web.HTTPNotFound
    return found


def number(typed: str, most: int) -> int:
    """Return the number that was typed; -1: none, or more than *most*."""
    plain = typed.isascii() and typed.isdecimal() and len(typed) <= len(str(most))
    return int(typed) if plain and int(typed) <= most else -1


def day(typed: str) -> date | None:
    """Return the day that was typed; None: none."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
