"""Rule changes: all of them, each with its editions; and the moment when one is told, or not."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from console import rule_names, rulefile
from console.access import VISIT, member_of
from console.notices import Notice, Undo
from console.responses import field, go, page
from console.rule_timeline import HEIGHT, WIDTH, timeline
from console.rulefile import RuleFile, open_rule, today_of
from console.services import services_of
from forum.members import Right
from locales import languages
from outreach import recordings, rule_changes, rule_drafting, rule_texts
from outreach.rule_drafting import Changed, NotReady
from outreach.rule_texts import DIGITS

#: What is done to a rule change that was seen.
Act = Callable[..., Awaitable[None]]


async def show(request: web.Request) -> web.Response:
    """List them, the latest begun first."""
    async with services_of(request).database.reading() as db:
        every = await rule_changes.every(db)
        texts = await rule_texts.newest(db)
    today, language = today_of(request), request[VISIT].language
    listed = [
        {
            "rule": rule,
            "title": rulefile.title_of(rule, texts.get(rule.id, {}), language),
            "missing": rulefile.lacks(texts.get(rule.id, {})),
            "line": timeline(rule.dates, today),
        }
        for rule in every
    ]
    return await _page(request, "rules.html", listed=listed)


async def show_one(request: web.Request) -> web.Response:
    """Show one by its newest edition, or by the one that the address names."""
    file = await open_rule(request, request.query.get("edition", ""))
    wished = request.query.get("language", "")
    shown = wished if wished in languages() else file.rule.facts.base
    async with services_of(request).database.reading() as db:
        kept = await recordings.of(db, file.rule, file.texts)
    return await _page(
        request,
        "rule.html",
        file=file,
        line=timeline(file.rule.dates, today_of(request)),
        shown=shown,
        unrecorded=[
            digit
            for digit, part in DIGITS.items()
            if (one := kept.get((part, shown))) is None or one.stale
        ],
        cost=rule_texts.measure,
    )


async def ask_publish(request: web.Request) -> web.Response:
    """Ask once more before it is told, and say what is missing."""
    return await _ask_publish(request, await open_rule(request))


async def publish(request: web.Request) -> web.Response:
    """Let miners hear the newest edition."""
    try:
        return await _done(request, rule_drafting.publish, "change_published")
    except NotReady:
        return await _ask_publish(request, await open_rule(request), status=422)


async def ask_withdraw(request: web.Request) -> web.Response:
    """Ask once more before it is told no more."""
    file = await open_rule(request)
    if file.rule.state is not rule_changes.State.PUBLISHED:
        return go(request, f"/rules/{file.rule.id}", Notice("change_gone_on"))
    return await _page(request, "rule_withdraw.html", file=file)


async def withdraw(request: web.Request) -> web.Response:
    """Tell it to nobody any more."""
    rule_id = request.match_info["rule"]
    undo = Undo(f"/rules/{rule_id}/restore", {})
    return await _done(request, rule_drafting.withdraw, "change_withdrawn", undo)


async def restore(request: web.Request) -> web.Response:
    """Tell it again, as it was."""
    return await _done(request, rule_drafting.restore, "change_restored", marked=False)


async def _ask_publish(request: web.Request, file: RuleFile, *, status: int = 200) -> web.Response:
    if not file.open:
        return go(request, f"/rules/{file.rule.id}", Notice("change_gone_on"))
    line = timeline(file.rule.dates, today_of(request))
    return await _page(request, "rule_publish.html", status=status, file=file, line=line)


async def _done(
    request: web.Request, act: Act, said: str, undo: Undo | None = None, *, marked: bool = True
) -> web.Response:
    """Do it to what was seen when it was asked; say so, or that it has gone on meanwhile."""
    form, file, services = await request.post(), await open_rule(request), services_of(request)
    rule = file.rule
    path = f"/rules/{rule.id}"
    if marked and field(form, "seen") != file.mark:
        return go(request, path, Notice("change_gone_on"))
    try:
        async with services.database.transaction() as db:
            await act(db, rule, by=member_of(request).member.id, now=services.now())
    except Changed:
        return go(request, path, Notice("change_gone_on"))
    return go(request, path, Notice(said, {"rule": file.title}, undo=undo))


async def _page(request: web.Request, template: str, **values: Any) -> web.Response:
    return await page(
        request,
        template,
        **values,
        names=rule_names,
        digits={part: digit for digit, part in DIGITS.items()},
        spoken=languages(),
        may_write=member_of(request).may(Right.BROADCAST),
        may_triage=member_of(request).may(Right.TRIAGE),
        width=WIDTH,
        height=HEIGHT,
    )
