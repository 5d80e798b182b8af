"""Lists of subscribers that somebody brings: read, looked at row by row, put on, taken back."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, closing
from datetime import date
from typing import Any, Final

from aiohttp import web
from aiohttp.web_request import FileField

from console import outreach_words as words
from console import sheets
from console.access import VISIT, member_of
from console.notices import Notice
from console.responses import field, go, page
from console.services import services_of
from console.sheets import CSV
from console.words import in_words
from forum import members
from forum.members import printable
from locales import N_, languages
from outreach import imports, staging
from outreach.import_columns import HOW_CHARACTERS, Statement
from outreach.imports import PAGE, Import, NotNow, Reported, State, Verdict
from outreach.spreadsheets import Unreadable

HOME: Final = "/subscribers/import"

NO_FILE: Final = N_("Choose a file, CSV or Excel.")
NO_LANGUAGE: Final = N_("Choose a language for rows that name none.")
NO_HOW: Final = N_("Write how they agreed, in at most 200 characters.")
NO_DAY: Final = N_("Choose the day on which they agreed; today or before.")


async def show(request: web.Request) -> web.Response:
    """List the lists of the last week, and offer to bring another."""
    return await _home(request)


async def bring(request: web.Request) -> web.Response:
    """Read a list; nobody of it is on the list of subscribers by that."""
    form = await request.post()
    with ExitStack() as files:
        for brought in form.values():
            if isinstance(brought, FileField):
                files.enter_context(closing(brought.file))
        return await _read(request, form)


async def _read(request: web.Request, form: Mapping[str, Any]) -> web.Response:
    services = services_of(request)
    today = services.now().astimezone(services.zone).date()
    file, day, errors = form.get("file"), field(form, "day"), _wrong(form, today)
    if errors or not isinstance(file, FileField):
        return await _home(request, form, errors)
    statement = Statement(
        field(form, "language"),
        services.region,
        today,
        printable(field(form, "how")),
        date.fromisoformat(day) if day else None,
    )
    try:
        import_id = await staging.stage(
            services.database,
            services.keyring,
            file.file,
            statement,
            by=member_of(request).member.id,
            now=services.now(),
        )
    except Unreadable as error:
        return await _home(request, form, {"file": words.UNREADABLE[str(error)]})
    return go(request, f"{HOME}/{import_id}")


async def show_one(request: web.Request) -> web.Response:
    """Show what each row of a list would do, or did."""
    one, wished = await _one(request), request.query.get("show", "")
    verdict = next((each for each in Verdict if each == wished), None)
    after = request.query.get("after", "")
    begin = int(after) if after.isascii() and after.isdecimal() and len(after) < PAGE else 0
    async with services_of(request).database.reading() as db:
        counts = await imports.counts(db, one.id)
        rows = await imports.report(
            db, one.id, verdict=verdict, after=min(begin, _LAST), limit=PAGE + 1
        )
        brought_by = await members.get(db, one.by)
    return await page(
        request,
        "import.html",
        one=one,
        by=brought_by.name if brought_by else "",
        counts=counts,
        verdicts=words.VERDICTS,
        whys=words.WHYS,
        rows=rows[:PAGE],
        further=rows[PAGE - 1].number if len(rows) > PAGE else None,
        shown=verdict,
        may_undo=one.may_be_undone(services_of(request).now()),
        **_WORDS,
    )


#: Behind the last row that any list has.
_LAST: Final = 2**31 - 1

_WORDS: Final[Mapping[str, Any]] = {
    "states": words.IMPORT_STATES,
    "State": State,
    "encodings": words.ENCODINGS,
    "separators": words.SEPARATORS,
}


async def as_csv(request: web.Request) -> web.Response:
    """Hand the whole report over, for whoever mends the list."""
    one, language = await _one(request), request[VISIT].language
    async with services_of(request).database.reading() as db:
        rows = await imports.report(db, one.id, limit=None)
    body = await asyncio.to_thread(_report, rows, language)
    headers = {"Content-Disposition": 'attachment; filename="baraza-import.csv"'}
    return web.Response(body=body, content_type=CSV, headers=headers)


def _report(rows: Any, language: str) -> bytes:
    heads = (N_("Row"), N_("Ends in"), N_("What it is"), N_("Why"))
    grid = [[in_words(head, language) for head in heads]]
    said = {key: in_words(text, language) for key, text in words.VERDICTS.items()}
    why = {str(key): in_words(text, language) for key, text in words.WHYS.items()}
    grid += [_line(row, said, why) for row in rows]
    return sheets.as_csv(grid)


def _line(row: Reported, said: Mapping[Verdict, str], why: Mapping[str, str]) -> list[str]:
    return [str(row.number), row.ending, said[row.verdict], why.get(row.why or "", "")]


async def put_on(request: web.Request) -> web.Response:
    """Have a list put on by the worker."""
    one, services = await _one(request), services_of(request)
    try:
        async with services.database.transaction() as db:
            by = member_of(request).member.id
            await imports.put_on(db, one.id, by=by, now=services.now())
    except NotNow:
        return go(request, f"{HOME}/{one.id}", Notice("not_now"))
    return go(request, f"{HOME}/{one.id}", Notice("import_applying"))


async def take_back(request: web.Request) -> web.Response:
    """Have those taken off again who came by a list."""
    one, services = await _one(request), services_of(request)
    try:
        async with services.database.transaction() as db:
            by = member_of(request).member.id
            await imports.take_back(db, one.id, by=by, now=services.now())
    except NotNow:
        return go(request, f"{HOME}/{one.id}", Notice("not_now"))
    return go(request, f"{HOME}/{one.id}", Notice("import_undoing"))


async def drop(request: web.Request) -> web.Response:
    """Forget a list of which nobody was put on."""
    one, services = await _one(request), services_of(request)
    try:
        async with services.database.transaction() as db:
            await imports.drop(db, one.id)
    except NotNow:
        return go(request, f"{HOME}/{one.id}", Notice("not_now"))
    return go(request, HOME, Notice("import_dropped"))


async def _one(request: web.Request) -> Import:
    async with services_of(request).database.reading() as db:
        one = await imports.get(db, request.match_info["import"])
    if one is None:
        raise web.HTTPNotFound
    return one


def _wrong(form: Mapping[str, Any], today: date) -> dict[str, str]:
    errors = {}
    if not isinstance(form.get("file"), FileField):
        errors["file"] = NO_FILE
    if field(form, "language") not in languages():
        errors["language"] = NO_LANGUAGE
    if len(printable(field(form, "how"))) > HOW_CHARACTERS:
        errors["how"] = NO_HOW
    if field(form, "day") and not _has_come(field(form, "day"), today):
        errors["day"] = NO_DAY
    return errors


def _has_come(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False


async def _home(
    request: web.Request,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> web.Response:
    async with services_of(request).database.reading() as db:
        every = await imports.every(db)
        names = {each.id: each.name for each in await members.everyone(db)}
    return await page(
        request,
        "imports.html",
        status=422 if errors else 200,
        every=every,
        names=names,
        spoken={tag: one.name for tag, one in languages().items()},
        values=values or {},
        errors=errors or {},
        **_WORDS,
    )
