"""Move a case on: at once where it is harmless, after a second look where it ends something."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from console import hearers, once
from console.access import member_of
from console.casefile import CaseFile, open_file, row_of
from console.hearers import Hearers
from console.notices import Notice
from console.pages.case import EMPTY, LONGEST, NOTHING, TOO_LONG
from console.responses import field, go, page
from console.services import services_of
from console.words import BASES, STATES, Way, way
from forum.members import Member
from grievances import appeals, case, correspondence, referrals, remedies
from grievances.remedies import Basis
from grievances.states import Actor, NotAllowed, State
from locales import N_
from storage.unit_of_work import Transaction

NOWHERE = N_("Choose the body that must act, or write where else the case goes.")
TOO_LONG_PLACE = N_("This is too long. Two hundred characters are enough.")
NO_BASIS = N_("Say on what you confirm it.")

#: Characters. A body's name and an office of it.
LONGEST_PLACE = 200


async def ask(request: web.Request) -> web.Response:
    """Show what the move means, and ask for the words that go with it."""
    file = await open_file(request)
    to = _wished(request, file)
    return _gone_on(request, file) if to is None else await _form(request, file, to)


async def move(request: web.Request) -> web.Response:
    """Move the case, and tell the reporter where the move has something to tell."""
    form = await request.post()
    file = await open_file(request)
    to = _wished(request, file)
    if to is None:
        return _gone_on(request, file)
    errors = _wrong(way(file.row.state, to), form)
    if to is State.REDIRECTED:
        errors |= _wrong_place(form, file)
    heard = _hearers(file, to, form)
    errors |= heard.errors
    if not errors:
        try:
            return await _moved(request, file, to, form, heard.others)
        except NotAllowed:
            return _gone_on(request, file)
    return await _form(request, file, to, form, errors)


async def _moved(
    request: web.Request,
    file: CaseFile,
    to: State,
    form: Mapping[str, Any],
    others: Mapping[str, str] | None,
) -> web.Response:
    services, member = services_of(request), member_of(request).member
    case_id, tell = file.row.id, field(form, "tell")
    async with services.database.transaction() as db:
        await row_of(request, db)  # they may have been kept out of it meanwhile
        fresh = await once.first_time(db, field(form, "once"), services.now())
        if fresh:
            given = {"now": services.now(), "calendar": services.calendar}
            await _move(db, case_id, to, form, member, given)
        if fresh and tell:
            await correspondence.answer(
                db,
                services.keyring,
                member=member,
                case_id=case_id,
                text=tell,
                others=others,
                now=services.now(),
                calendar=services.calendar,
            )
    reference = {"reference": file.row.reference}
    done = Notice("moved", reference, {"state": STATES[to]}) if fresh else Notice("twice")
    return go(request, f"/cases/{file.row.reference}", done)


async def _move(
    db: Transaction,
    case_id: str,
    to: State,
    form: Mapping[str, Any],
    member: Member,
    given: Mapping[str, Any],
) -> None:
    """Make the move; three of them take more than a word."""
    reason = field(form, "reason")
    if to is State.RESOLVED:
        basis = Basis(field(form, "basis"))
        await remedies.confirm(db, case_id, basis=basis, reason=reason, by=member, **given)
    elif to is State.REDIRECTED:
        await referrals.send(
            db,
            case_id,
            body_id=field(form, "body") or None,
            place=field(form, "place"),
            by=member,
            reason=reason or None,
            **given,
        )
    elif to is State.APPEALED:
        await appeals.ask(db, case_id, by=member, reason=reason or None, **given)
    else:
        await case.move(
            db,
            case_id,
            to,
            by=Actor.STAFF,
            actor=member.id,
            reason=reason or None,
            **given,
        )


def _wished(request: web.Request, file: CaseFile) -> State | None:
    """Return the state in the address; None: the case cannot go there from where it is now."""
    named = request.match_info["state"]
    if named not in {*State}:
        raise web.HTTPNotFound
    return State(named) if named in file.ways else None


def _gone_on(request: web.Request, file: CaseFile) -> web.Response:
    """Show what somebody else, or a second press of the button, made of it."""
    return go(request, f"/cases/{file.row.reference}", Notice("gone_on"))


def _wrong(offered: Way, form: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if offered.tell and not field(form, "tell"):
        errors["tell"] = EMPTY
    if offered.confirms and field(form, "basis") not in {*Basis}:
        errors["basis"] = NO_BASIS
    if offered.confirms and not field(form, "reason"):
        errors["reason"] = EMPTY
    for name in ("tell", "reason"):
        if len(field(form, name)) > LONGEST:
            errors[name] = TOO_LONG
    return errors


def _wrong_place(form: Mapping[str, Any], file: CaseFile) -> dict[str, str]:
    body, place = field(form, "body"), field(form, "place")
    if (body and body not in {one.id for one in file.bodies}) or not (body or place):
        return {"body": NOWHERE}
    return {"place": TOO_LONG_PLACE} if len(place) > LONGEST_PLACE else {}


def _hearers(file: CaseFile, to: State, form: Mapping[str, Any]) -> Hearers:
    """Return who is told of the move; nobody where it has nothing to tell."""
    if not way(file.row.state, to).tell:
        return Hearers()
    return hearers.read(
        form,
        field(form, "tell"),
        language=file.row.language,
        languages=file.kin.languages,
        longest=LONGEST,
    )


async def _form(
    request: web.Request,
    file: CaseFile,
    to: State,
    values: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    return await page(
        request,
        "move.html",
        status=422 if errors else 200,
        case=file.row,
        kin=file.kin,
        to=to,
        way=way(file.row.state, to),
        state=STATES[to],
        bases=BASES,
        values=values,
        errors=errors,
        longest=LONGEST,
        longest_place=LONGEST_PLACE,
        bodies=file.bodies if to is State.REDIRECTED else (),
        redirects=to is State.REDIRECTED,
        once=once.new_token(),
    )
