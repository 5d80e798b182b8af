"""Judge a case, put its facts right, and give it to a handler."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from console import naming
from console.access import member_of
from console.casefile import give_keys, open_file, private_key, row_of
from console.notices import Notice, Undo
from console.pages.case import LONGEST, TOO_LONG, case_page
from console.responses import field, go
from console.services import services_of
from forum import bodies, members
from forum.bodies import Site
from grievances import caseload, exclusions, facts, triage
from grievances.caseload import CaseRow
from grievances.exclusions import NotEligible
from grievances.parties import Contradiction
from grievances.severity import Severity
from grievances.states import NotAllowed
from grievances.succession import HadIt
from grievances.triage import BelowFloor, NotAsked
from locales import N_
from storage.unit_of_work import Transaction

NO_CATEGORY = N_("Choose what it is about.")
BELOW = N_(
    "A case of this category is graver than that. Choose a higher severity, or write below why it "
    "is milder."
)
NO_HANDLER = N_("Choose somebody who may handle cases.")
HAD_IT = N_("They had this case before. Somebody else is to look at it now.")
MOVED_ON = N_("Somebody else has just changed this case. Look at it again.")
WHOM = N_("Say whom the report names. Choose the people and bodies, or say that it names nobody.")
FIRST_JUDGE = N_("Say first what the case is about and how grave it is.")
NO_KEY = N_("You cannot open this case, so you cannot give it to somebody else.")

SAFE = {"yes": True, "no": False}


async def judge(request: web.Request) -> web.Response:
    """Keep category, severity, site and whether the phone is safe."""
    form = await request.post()
    errors = _wrong(form)
    if not errors:
        try:
            return await _judged(request, form)
        except KeyError:
            errors = {"category": NO_CATEGORY}
        except BelowFloor:
            errors = {"severity": BELOW}
        except NotAllowed:
            errors = {"category": MOVED_ON}
        except (NotAsked, Contradiction):
            errors = {"named": WHOM}
    return await case_page(request, await open_file(request), form, errors, status=422)


async def _judged(request: web.Request, form: Mapping[str, Any]) -> web.Response:
    services, by = services_of(request), member_of(request).member
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        lane = services.taxonomy.categories[field(form, "category")].lane
        if lane and not row.lane:
            # While it is ours to give: who is no focal point loses the key in a moment.
            await give_keys(request, db, row.id, await exclusions.without_key(db, row.id))
        asked = await triage.triage(
            db,
            row.id,
            category=field(form, "category"),
            severity=Severity(field(form, "severity")),
            named=naming.read(form),
            by=by,
            now=services.now(),
            reason=field(form, "milder"),
            calendar=services.calendar,
            taxonomy=services.taxonomy,
        )
        await facts.correct(
            db,
            row.id,
            site=await _site(db, field(form, "site")),
            safe=SAFE.get(field(form, "safe")),
            by=by,
            now=services.now(),
        )
        out = await exclusions.is_out(db, row.id, by.id)
        if row.lane and not lane and not out:
            # Out of its lane it is for all who triage again.
            await give_keys(request, db, row.id, await exclusions.without_key(db, row.id))
        going_on = field(form, "then") == "next"
        following = await caseload.next_to_sort(db, by) if going_on else None
    reference = {"reference": row.reference}
    if out:  # they named themselves, or their own body
        return go(request, "/cases", Notice("aside", reference))
    if following is not None:
        return go(request, f"/cases/{following}", Notice("sorted_next", reference))
    if going_on:
        return go(request, "/cases", Notice("sorted_all", reference))
    return go(request, _path(row), Notice("asked_milder" if asked else "described", reference))


async def assign(request: web.Request) -> web.Response:
    """Give the case to a handler."""
    services = services_of(request)
    form = await request.post()
    async with services.database.reading() as db:
        row = await row_of(request, db)
        to = await members.get(db, field(form, "assignee"))
        held = await private_key(request, db, row.id)
    if to is None or held is None:
        return await _refused(request, NO_HANDLER if to is None else NO_KEY)
    try:
        await _assigned(request, row, to)
    except HadIt:
        return await _refused(request, HAD_IT)
    except NotEligible:
        return await _refused(request, NO_HANDLER)
    except NotAllowed:
        return await _refused(request, FIRST_JUDGE)
    undo = Undo(f"{_path(row)}/assign", {"assignee": row.assignee}) if row.assignee else None
    said = {"name": to.name, "reference": row.reference}
    return go(request, _path(row), Notice("assigned", said, undo=undo))


async def _assigned(request: web.Request, row: CaseRow, to: members.Member) -> None:
    services, me = services_of(request), member_of(request)
    async with services.database.transaction() as db:
        await triage.assign(
            db,
            row.id,
            to,
            by=me.member,
            by_private=me.session.private,
            now=services.now(),
            taxonomy=services.taxonomy,
        )


async def _refused(request: web.Request, problem: str) -> web.Response:
    file = await open_file(request)
    return await case_page(request, file, errors={"assignee": problem}, status=422)


def _wrong(form: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if not field(form, "category"):
        errors["category"] = NO_CATEGORY
    if len(field(form, "milder")) > LONGEST:
        errors["milder"] = TOO_LONG
    if field(form, "severity") not in {*Severity}:
        errors["severity"] = BELOW
    return errors


async def _site(db: Transaction, site_id: str) -> Site | None:
    return await bodies.site_by_id(db, site_id) if site_id else None


def _path(row: CaseRow) -> str:
    return f"/cases/{row.reference}"
