"""Two cases side by side: say that one is a duplicate of the other, or part them again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from console import naming, once
from console.access import member_of
from console.casefile import CaseFile, open_file, private_key, row_of
from console.kin import alike_words
from console.notices import Notice, Undo
from console.pages.case import LONGEST, NOTHING, TOO_LONG
from console.pages.triage import WHOM
from console.responses import field, go, page
from console.services import services_of
from console.words import SEVERITIES, STATES
from grievances import caseload, correspondence, exclusions, merging, parties
from grievances.case import hold
from grievances.caseload import CaseRow
from grievances.entries import REPORTER, Entry
from grievances.links import CannotJoin, NoSuchLink
from grievances.parties import Contradiction
from grievances.states import ENDED, NotAllowed
from grievances.triage import NotAsked
from locales import N_
from storage.unit_of_work import Reads, Transaction

NONE = N_("There is no such case that you can open.")
ITSELF = N_("That is this very case.")
NOT_SO = N_(
    "It cannot lead this one: it has ended, or is itself a duplicate of this one, or just one of "
    "them is a survivor's."
)
NO_KEY = N_("You need the keys to both cases first. A colleague gives them on the page «Keys».")


class _Refused(Exception):
    """The other case cannot be taken; why, as a msgid."""


@dataclass(frozen=True, slots=True, repr=False)
class Side:
    """One of the two, and what its reporter said; None: this member has no key to it."""

    row: CaseRow
    said: list[Entry] | None


async def ask(request: web.Request) -> web.Response:
    """Ask of which case it is a duplicate; show both once that is said."""
    file = await open_file(request, alike=True)
    if file.row.state in ENDED:
        return _gone_on(request, file)
    return await _form(request, file, request.query.get("with", "").strip())


async def merge(request: web.Request) -> web.Response:
    """Merge the two."""
    form = await request.post()
    file = await open_file(request, alike=True)
    wished = field(form, "with")
    if len(field(form, "reason")) > LONGEST:
        return await _form(request, file, wished, form, {"reason": TOO_LONG})
    try:
        return await _merged(request, wished, form)
    except _Refused as refused:
        return await _form(request, file, wished, form, {"with": str(refused)})
    except (NotAsked, Contradiction):
        return await _form(request, file, wished, form, {"named": WHOM})
    except CannotJoin:
        return await _form(request, file, wished, form, {"with": NOT_SO})
    except NotAllowed:
        return _gone_on(request, file)


async def _merged(request: web.Request, wished: str, form: Mapping[str, Any]) -> web.Response:
    services, me = services_of(request), member_of(request)
    async with services.database.transaction() as db:
        row = await row_of(request, db)  # they may have been kept out of it meanwhile
        other = await caseload.find(db, me.member, wished)
        problem = await _problem(request, db, row, other)
        if problem or other is None:
            raise _Refused(problem)
        fresh = await once.first_time(db, field(form, "once"), services.now())
        if fresh:
            await _name(request, db, row, form)
            await merging.merge(
                db,
                row.id,
                other.id,
                by=me.member,
                by_private=me.session.private,
                reason=field(form, "reason") or None,
                now=services.now(),
                calendar=services.calendar,
            )
        out = await exclusions.is_out(db, row.id, me.member.id)
    if out:  # they named themselves, or their own body
        return go(request, "/cases", Notice("aside", {"reference": row.reference}))
    undo = Undo(f"/cases/{row.reference}/unmerge", {})
    said = {"reference": row.reference, "leader": other.reference}
    done = Notice("merged", said, undo=undo) if fresh else Notice("twice")
    return go(request, f"/cases/{other.reference}", done)


async def _name(
    request: web.Request, db: Transaction, row: CaseRow, form: Mapping[str, Any]
) -> None:
    """Keep whom the case names, where the form says it."""
    named = naming.read(form)
    if named is not None:
        held = await hold(db, row.id)
        by = member_of(request).member
        await parties.name(db, held, named, by=by, now=services_of(request).now())


async def _problem(request: web.Request, db: Reads, row: CaseRow, other: CaseRow | None) -> str:
    if other is None:
        return NONE
    if other.id == row.id:
        return ITSELF
    keys = [await private_key(request, db, each.id) for each in (row, other)]
    return NO_KEY if None in keys else ""


async def unmerge(request: web.Request) -> web.Response:
    """Part a duplicate from the case that leads it."""
    services, me = services_of(request), member_of(request).member
    try:
        async with services.database.transaction() as db:
            row = await row_of(request, db)
            to = await merging.unmerge(
                db, row.id, by=me, now=services.now(), calendar=services.calendar
            )
    except (NotAllowed, NoSuchLink):
        return go(request, f"/cases/{request.match_info['reference']}", Notice("gone_on"))
    reference = {"reference": row.reference}
    return go(
        request, f"/cases/{row.reference}", Notice("unmerged", reference, {"state": STATES[to]})
    )


def _gone_on(request: web.Request, file: CaseFile) -> web.Response:
    return go(request, f"/cases/{file.row.reference}", Notice("gone_on"))


async def _form(
    request: web.Request,
    file: CaseFile,
    wished: str,
    values: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    """Answer with the page; *wished* is the reference of the other case, as it was typed."""
    async with services_of(request).database.reading() as db:
        other = await caseload.find(db, member_of(request).member, wished) if wished else None
        problem = await _problem(request, db, file.row, other) if wished else ""
        sides = [await _side(request, db, each) for each in (file.row, other) if each]
    wrong = {"with": problem, **errors} if problem else errors
    return await page(
        request,
        "merge.html",
        status=422 if errors else 200,
        file=file,
        case=file.row,
        other=None if problem else other,
        sides=sides,
        wished=wished[:20],
        values=values,
        errors=wrong,
        named=naming.shown(file.named, values),
        once=once.new_token(),
        longest=LONGEST,
        alike_words=alike_words(request),
        categories=services_of(request).taxonomy.categories,
        states=STATES,
        severities=SEVERITIES,
    )


async def _side(request: web.Request, db: Reads, row: CaseRow) -> Side:
    private = await private_key(request, db, row.id)
    if private is None:
        return Side(row, None)
    thread = await correspondence.thread(db, row.id, private)
    return Side(row, [line.entry for line in thread if line.entry.author == REPORTER])
