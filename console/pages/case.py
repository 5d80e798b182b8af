"""One case: its thread, the answer to the reporter, and notes among colleagues."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from console import hearers, naming, once, ready, shortcuts
from console.access import member_of
from console.casefile import CaseFile, kind_of, open_file, row_of
from console.kin import alike_words
from console.notices import Notice
from console.pages.attachments import SHOWN
from console.responses import field, go, page
from console.services import services_of
from console.words import (
    ATTACHMENTS,
    BODY_KINDS,
    DEADLINES,
    ESCALATED,
    EXCLUSIONS,
    OUTCOMES,
    REFERRALS,
    SEVERITIES,
    STATES,
    THEN,
    TURNS,
    WHY,
    way,
)
from forum.members import Member
from grievances import correspondence, ready_answers
from grievances.entries import Kind
from grievances.exclusions import BY_HAND
from grievances.severity import Severity
from grievances.states import ENDED, TO_SORT, State
from locales import N_
from storage.unit_of_work import Transaction

#: Characters. Twilio takes 1,600 in one message; ours travels with a line of its own.
LONGEST: Final = 1500

EMPTY = N_("Write something first.")
TOO_LONG = N_("This is too long. An answer may have 1500 characters; two shorter ones are better.")
NEWER = N_(
    "The reporter wrote again while you were writing. Read it, change your answer if need be, "
    "and send it once more."
)

#: Every field of the page's forms, as they stand before anything was typed.
NOTHING: Final[Mapping[str, Any]] = {}


async def show(request: web.Request) -> web.Response:
    """Show the case."""
    return await case_page(request, await open_file(request))


async def answer(request: web.Request) -> web.Response:
    """Write to the reporter."""
    form = await request.post()
    file = await open_file(request)
    problem = _problem(form, "answer")
    heard = hearers.read(
        form,
        field(form, "answer"),
        language=file.row.language,
        languages=file.kin.languages,
        longest=LONGEST,
    )
    if not problem and file.lines is not None and field(form, "newest") != file.newest_word:
        problem = NEWER
    if problem or heard.errors:
        errors = {**heard.errors, **({"answer": problem} if problem else {})}
        return await case_page(request, file, form, errors, status=422)

    async def write(db: Transaction, case_id: str, member: Member) -> None:
        await correspondence.answer(
            db,
            services_of(request).keyring,
            member=member,
            case_id=case_id,
            text=field(form, "answer"),
            expects_reply=bool(field(form, "expects_reply")),
            others=heard.others,
            now=services_of(request).now(),
            calendar=services_of(request).calendar,
        )
        await ready_answers.count(db, field(form, "ready"))

    return await _written(request, form, write, "answered")


async def note(request: web.Request) -> web.Response:
    """Write to colleagues."""
    form = await request.post()
    problem = _problem(form, "note")
    if problem:
        file = await open_file(request)
        return await case_page(request, file, form, {"note": problem}, status=422)

    async def write(db: Transaction, case_id: str, member: Member) -> None:
        await correspondence.note(
            db,
            member=member,
            case_id=case_id,
            text=field(form, "note"),
            now=services_of(request).now(),
        )

    return await _written(request, form, write, "noted")


async def _written(
    request: web.Request, form: Mapping[str, Any], write: Any, done: str
) -> web.Response:
    services = services_of(request)
    async with services.database.transaction() as db:
        row = await row_of(request, db)
        fresh = await once.first_time(db, field(form, "once"), services.now())
        if fresh:
            await write(db, row.id, member_of(request).member)
    return go(request, f"/cases/{row.reference}", Notice(done if fresh else "twice"))


async def case_page(
    request: web.Request,
    file: CaseFile,
    values: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
    *,
    status: int = 200,
) -> web.Response:
    """Answer with the page of one case; *values* are given back where something was wrong."""
    offered = await ready.choice(request, file)
    return await page(
        request,
        "case.html",
        status=status,
        file=file,
        case=file.row,
        values=values,
        errors=errors,
        once=once.new_token(),
        opened=request.query.get("open", ""),
        longest=LONGEST,
        ended=file.row.state in ENDED,
        to_sort=file.row.state in TO_SORT,
        ways={to: way(file.row.state, to) for to in file.ways},
        kind_of=kind_of,
        alike_words=alike_words(request),
        named=naming.shown(file.named, values),
        exclusion_words=EXCLUSIONS,
        BY_HAND=BY_HAND,
        Kind=Kind,
        State=State,
        Severity=Severity,
        categories=services_of(request).taxonomy.categories,
        category_keys=shortcuts.letters(services_of(request).taxonomy.offered),
        severity_keys=shortcuts.SEVERITIES,
        named_keys=shortcuts.NAMED,
        states=STATES,
        severities=SEVERITIES,
        outcomes=OUTCOMES,
        steps=DEADLINES,
        escalated=ESCALATED,
        then=THEN,
        turns=TURNS,
        why=WHY,
        attachment_names=ATTACHMENTS,
        shown=SHOWN,
        body_kinds=BODY_KINDS,
        referral_words=REFERRALS,
        offered=offered,
        picked=None if values else ready.picked(request, file, offered),
    )


def _problem(form: Mapping[str, Any], name: str) -> str:
    text = field(form, name)
    if not text:
        return EMPTY
    return TOO_LONG if len(text) > LONGEST else ""
