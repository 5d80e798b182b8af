"""The stages of a rule as they begin, enforcement behind its guard, and the override of two."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final, TypeAlias

from aiohttp import web

from console import rulefile
from console.access import VISIT, member_of
from console.coverage_words import REFUSALS
from console.notices import Notice
from console.pages.coverage import day, number, shown
from console.responses import field, go
from console.services import services_of
from console.times import year_date
from console.words import in_words
from locales import N_
from outreach import guard, rule_changes
from outreach.guard import Stage
from outreach.overrides import REASON_CHARACTERS, Changed, Refusal, Refused

NO_STAGE: Final = N_("Choose one of the list.")
NO_DAY: Final = N_("Choose a day; today or before.")

#: What a deed is given beside the rule: by place, and by name.
_Given: TypeAlias = tuple[tuple[Any, ...], Mapping[str, Any]]

#: The largest id of an override that a form can name.
_MOST: Final = 2**31 - 1


async def record(request: web.Request) -> web.Response:
    """Keep on which day assistance or monitoring began."""
    form = await request.post()
    began = day(field(form, "stage_day"))
    stage = next((one for one in Stage if one == field(form, "stage")), None)
    if stage is None or stage is Stage.ENFORCEMENT:
        return await shown(request, form, {"stage": NO_STAGE})
    if began is None:
        return await shown(request, form, {"stage_day": NO_DAY})
    given = (stage, began), {"today": rulefile.today_of(request)}
    return await _done(request, form, guard.begin, given, "stage_kept", "stage_day")


async def begin(request: web.Request) -> web.Response:
    """Record that enforcement has begun, if it may."""
    form = await request.post()
    began = day(field(form, "enforcement_day"))
    if began is None:
        return await shown(request, form, {"enforcement_day": NO_DAY})
    given = (began,), {"zone": services_of(request).zone}
    said, beside = "enforcement_begun", "enforcement_day"
    return await _done(request, form, guard.begin_enforcement, given, said, beside)


async def _earliest(request: web.Request, tried: date) -> str:
    """Say which day could be recorded instead of the one that was *tried*."""
    services, language = services_of(request), request[VISIT].language
    today, zone = rulefile.today_of(request), services.zone
    async with services.database.reading() as db:
        rule = await rule_changes.as_told(db, request.match_info["rule"])
        if rule is None:
            return REFUSALS[Refusal.GAPS]
        first = await guard.earliest(db, rule, tried, today=today, zone=zone)
    if first is None:
        return REFUSALS[Refusal.GAPS]
    return in_words(REFUSALS[Refusal.EARLY], language) % {"day": year_date(first, language)}


async def ask(request: web.Request) -> web.Response:
    """Ask a second person to let it begin in spite of its gaps."""
    form = await request.post()
    reason = " ".join(field(form, "reason").split())
    plain = "".join(each for each in reason if each.isprintable())[: REASON_CHARACTERS + 1]
    return await _done(
        request, form, guard.ask_override, ((plain,), {}), "override_asked", "reason"
    )


async def agree(request: web.Request) -> web.Response:
    """Agree, as the second person."""
    form = await request.post()
    given: _Given = (number(field(form, "asked"), _MOST),), {}
    return await _done(request, form, guard.agree, given, "override_agreed", "override")


async def decline(request: web.Request) -> web.Response:
    """Do not agree, or take it back."""
    form = await request.post()
    given: _Given = (number(field(form, "asked"), _MOST),), {}
    return await _done(request, form, guard.decline, given, "override_declined", "override")


async def _done(
    request: web.Request,
    form: Mapping[str, Any],
    deed: Callable[..., Awaitable[None]],
    given: _Given,
    said: str,
    beside: str,
) -> web.Response:
    """Do it, and say so; a refusal stands beside the field *beside*."""
    services, rule_id = services_of(request), request.match_info["rule"]
    args, more = given
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            await deed(db, rule_id, *args, **more, by=by, now=now)
    except Refused as error:
        if error.why is Refusal.EARLY:
            return await shown(request, form, {beside: await _earliest(request, *args)})
        return await shown(request, form, {beside: REFUSALS[error.why]})
    except Changed:
        return go(request, f"/rules/{rule_id}", Notice("change_gone_on"))
    return go(request, f"/rules/{rule_id}/coverage", Notice(said))
