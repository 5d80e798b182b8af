"""What a remedy needs: planned on the page of its case, done on a page of its own, and listed."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final

from aiohttp import web

from console import once, remedyfile
from console.access import member_of
from console.casefile import open_file, private_key, row_of
from console.notices import Notice
from console.pages.case import EMPTY, LONGEST, NOTHING, TOO_LONG, case_page
from console.remedyfile import Shown
from console.responses import field, go, page
from console.services import services_of
from console.words import ATTACHMENTS
from forum import attachments, bodies, keyholders, members
from forum.members import Right
from grievances import remedies, worklist
from grievances.caseload import CaseRow
from grievances.exclusions import NotEligible
from grievances.remedies import NoSuchAction, Plan, Unclear
from grievances.states import NotAllowed, State
from locales import N_
from storage.unit_of_work import Reads, Transaction

WHO: Final = N_("Choose who does it, or write a name below; one of the two.")
NO_DAY: Final = N_("Choose a day.")
NO_EVIDENCE: Final = N_("Write what shows that it is done, or choose a file of the case.")


async def show(request: web.Request) -> web.Response:
    """List what is to be done: the member's own, or, for who triages, all."""
    me, services = member_of(request), services_of(request)
    mine = not (me.may(Right.TRIAGE) and request.query.get("show") == "all")
    wished = request.query.get("page")
    async with services.database.reading() as db:
        found = await worklist.tasks(db, me.member, mine=mine, page=wished)
        subjects = {task.action.case_id for task in found.tasks}
        keys = await keyholders.open_many(db, subjects, me.member.id, me.session.private)
        names = await _names(db)
    today = remedyfile.today_of(services.now(), services.zone)
    listed = [
        (
            task.reference,
            remedyfile.shown(task.action, keys.get(task.action.case_id, b""), names, today),
        )
        for task in found.tasks
    ]
    return await page(
        request,
        "actions.html",
        tasks=listed,
        mine=mine,
        next_page=found.next,
        first_page=not wished,
    )


async def add(request: web.Request) -> web.Response:
    """Plan an action of a case."""
    form = await request.post()
    errors = _wrong(form)
    if not errors:
        try:
            return await _added(request, form)
        except Unclear:
            errors = {"owner": WHO}
        except (NotAllowed, NotEligible):
            return _gone_on(request)
    return await case_page(request, await open_file(request), form, errors, status=422)


async def open_one(request: web.Request) -> web.Response:
    """Show one action, and what can become of it."""
    return await _page(request)


async def amend(request: web.Request) -> web.Response:
    """Plan it otherwise."""
    form = await request.post()
    errors = _wrong(form)
    if errors:
        return await _page(request, form, errors)
    plan = _plan(form)
    return await _done(request, form, remedies.amend, "action_kept", {"owner": WHO}, plan=plan)


async def finish(request: web.Request) -> web.Response:
    """Mark it done, with what shows it."""
    form = await request.post()
    evidence, attachment = field(form, "evidence"), field(form, "attachment") or None
    if len(evidence) > LONGEST:
        return await _page(request, form, {"evidence": TOO_LONG})
    wrong = {"evidence": NO_EVIDENCE}
    more = {"evidence": evidence, "attachment_id": attachment}
    return await _done(request, form, remedies.finish, "action_done", wrong, **more)


async def drop(request: web.Request) -> web.Response:
    """Drop it for a reason."""
    form = await request.post()
    reason = field(form, "reason")
    if len(reason) > LONGEST:
        return await _page(request, form, {"reason": TOO_LONG})
    wrong = {"reason": EMPTY}
    return await _done(request, form, remedies.cancel, "action_dropped", wrong, reason=reason)


async def put_back(request: web.Request) -> web.Response:
    """Have it done after all."""
    form = await request.post()
    return await _done(request, form, remedies.put_back, "action_back", NOTHING)


# --- doing it ---------------------------------------------------------------------------------


async def _added(request: web.Request, form: Mapping[str, Any]) -> web.Response:
    services = services_of(request)
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        fresh = await once.first_time(db, field(form, "once"), services.now())
        if fresh:
            by = member_of(request).member
            await remedies.add(db, row.id, _plan(form), by=by, now=services.now())
    return go(request, _back(row), Notice("action_kept" if fresh else "twice"))


async def _done(
    request: web.Request,
    form: Mapping[str, Any],
    act: Callable[..., Awaitable[None]],
    done: str,
    wrong: Mapping[str, str],
    **more: Any,
) -> web.Response:
    """Do something to the action that the address names; *wrong* is said where it is unclear."""
    services, by = services_of(request), member_of(request).member
    action_id = request.match_info["action"]
    try:
        async with services.database.transaction() as db:
            row = await row_of(request, db)
            given = {"by": by, "now": services.now(), **more}
            await _act(db, act, row, action_id, given)
    except Unclear:
        return await _page(request, form, wrong)
    except (NoSuchAction, NotAllowed, NotEligible):
        return _gone_on(request)
    return go(request, _back(row), Notice(done))


async def _act(
    db: Transaction,
    act: Callable[..., Awaitable[None]],
    row: CaseRow,
    action_id: str,
    given: dict[str, Any],
) -> None:
    plan = [given.pop("plan")] if "plan" in given else []
    await act(db, row.id, action_id, *plan, **given)


def _gone_on(request: web.Request) -> web.Response:
    return go(request, f"/cases/{request.match_info['reference']}", Notice("gone_on"))


def _back(row: CaseRow) -> str:
    return f"/cases/{row.reference}#actions"


# --- the form ---------------------------------------------------------------------------------


def _wrong(form: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    what = field(form, "what")
    if not what or len(what) > LONGEST:
        errors["what"] = TOO_LONG if what else EMPTY
    if _day(form) is None:
        errors["due"] = NO_DAY
    if len(field(form, "other")) > LONGEST or bool(field(form, "owner")) == bool(
        field(form, "other")
    ):
        errors["owner"] = WHO
    return errors


def _plan(form: Mapping[str, Any]) -> Plan:
    """Return what a form without errors asks for."""
    kind, _, chosen = field(form, "owner").partition(":")
    return Plan(
        field(form, "what"),
        _day(form) or date.max,
        member_id=chosen if kind == "member" else None,
        body_id=chosen if kind == "body" else None,
        owner=field(form, "other") or None,
    )


def _day(form: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(field(form, "due"))
    except ValueError:
        return None


async def _names(db: Reads) -> Mapping[str, str]:
    return remedyfile.names_of(await members.everyone(db), await bodies.all_bodies(db))


async def _page(
    request: web.Request,
    values: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    """Answer with the page of one action; 404 without a key to its case."""
    services = services_of(request)
    async with services.database.reading() as db:
        row = await row_of(request, db)
        private = await private_key(request, db, row.id)
        found = await remedies.find(db, row.id, request.match_info["action"])
        names = await _names(db)
        files = await attachments.of_subject(db, row.id)
        everyone, everybody = await members.everyone(db), await bodies.all_bodies(db)
    if private is None or found is None:
        raise web.HTTPNotFound
    if found.confirmed_at or row.state not in remedies.PLANNED_AT:
        return _gone_on(request)
    today = remedyfile.today_of(services.now(), services.zone)
    shown = remedyfile.shown(found, private, names, today)
    return await page(
        request,
        "action.html",
        status=422 if errors else 200,
        case=row,
        action=found,
        shown=shown,
        people=everyone,
        bodies=everybody,
        files=[each for each in files if each.readable],
        under_way=row.state is State.IMPLEMENTING,
        values=values or _as_planned(shown),
        errors=errors,
        longest=LONGEST,
        attachment_names=ATTACHMENTS,
    )


def _as_planned(shown: Shown) -> Mapping[str, str]:
    action = shown.action
    owner = f"member:{action.owner_id}" if action.owner_id else ""
    owner = f"body:{action.body_id}" if action.body_id else owner
    return {
        "what": shown.what or "",
        "due": action.due.isoformat(),
        "owner": owner,
        "other": "" if owner else shown.owner or "",
    }
