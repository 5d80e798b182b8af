"""Who listens: counted, registered at the counter, taken away without addresses, erased."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any, Final

from aiohttp import web

from bots import doors
from channels.base import Address
from channels.routing import of_number
from console import outreach_words as words
from console import sheets
from console.access import VISIT, member_of
from console.notices import Notice
from console.responses import field, go, page
from console.services import services_of
from console.sheets import CSV, XLSX, CsvFile, XlsxFile
from console.words import CHANNELS, in_words
from forum import audit, bodies
from forum.members import printable
from locales import N_, languages
from outreach import audiences, exporting, subscribers
from outreach.audiences import EVERYBODY, FEWEST
from outreach.import_columns import COHORT_CHARACTERS, HOW_CHARACTERS, e164
from outreach.profiles import Profile
from outreach.staging import CHANNEL
from outreach.subscribers import Consent, HasStopped

NO_NUMBER: Final = N_("This is no telephone number that can be called.")
NO_LANGUAGE: Final = N_("Choose the language in which they want to be told.")
NO_CHOICE: Final = N_("Choose one of the list.")
NO_HOW: Final = N_("Write how they agreed, in at most 200 characters.")
NO_DAY: Final = N_("Choose the day on which they agreed; today or before.")
LONG_COHORT: Final = N_("Write the name of the pilot in at most 16 characters, or nothing.")
TOO_MANY: Final = N_("The list is longer than a workbook can be. Take it away as CSV.")
STOPPED: Final = N_("They have stopped news. Only they can start it again, by sending START.")

#: What is asked of somebody, and what it may be.
_CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "role": words.ROLES,
    "gender": words.GENDERS,
    "formality": words.FORMALITIES,
}

#: The heads of the table that is taken away, as ``exporting.COLUMNS`` orders them.
_HEADS: Final = (
    *(N_("Number"), N_("Site"), N_("District"), N_("Work"), N_("Gender")),
    *(N_("Registration of the work"), N_("Phase of the value chain"), N_("Language")),
    *(N_("Channel"), N_("Pilot"), N_("State"), N_("Since"), N_("Last word about news")),
)


async def show(request: web.Request) -> web.Response:
    """Count who listens, and offer what can be done."""
    return await _page(request)


async def register(request: web.Request) -> web.Response:
    """Put one person on the list who stands here and agrees."""
    form, services = await request.post(), services_of(request)
    number = e164(field(form, "phone"), services.region)
    day = _day(field(form, "day"))
    async with services.database.reading() as db:
        site = await bodies.site_by_id(db, field(form, "site")) if field(form, "site") else None
    errors = _wrong(form, number, day, services.now().astimezone(services.zone).date())
    if field(form, "site") and site is None:
        errors["site"] = NO_CHOICE
    if errors or number is None or day is None:
        return await _page(request, form, errors)
    told = Profile(site.id if site else None, *(field(form, name) or None for name in _CHOICES))
    consent = Consent(printable(field(form, "how")), day)
    try:
        async with services.database.transaction() as db:
            await subscribers.register(
                db,
                services.keyring,
                Address(CHANNEL, number),
                told,
                consent,
                language=field(form, "language"),
                now=services.now(),
                cohort=printable(field(form, "cohort")) or None,
            )
            await _record(request, db, "subscriber.registered")
    except HasStopped:
        return await _page(request, form, {"phone": STOPPED})
    return go(request, "/subscribers", Notice("registered"))


async def erase(request: web.Request) -> web.Response:
    """Erase a number that was asked for, on every channel where it may be a contact.

    The answer is the same whether it was there.
    """
    form, services = await request.post(), services_of(request)
    number = e164(field(form, "erase"), services.region)
    if number is None:
        return await _page(request, form, {"erase": NO_NUMBER})
    async with services.database.transaction() as db:
        for address in of_number(number):
            await doors.erase(db, services.keyring, address)
        await _record(request, db, "subscriber.erased")
    return go(request, "/subscribers", Notice("erased"))


async def as_csv(request: web.Request) -> web.Response:
    """Hand the list over as CSV."""
    file = await asyncio.to_thread(TemporaryFile)
    return await _handed_over(request, file, CsvFile(file), CSV, "csv")


async def as_xlsx(request: web.Request) -> web.Response:
    """Hand the list over as a workbook, where it fits into one."""
    async with services_of(request).database.reading() as db:
        rows = await exporting.count(db)
    if rows >= sheets.MOST_ROWS:
        return await _page(request, None, {"xlsx": TOO_MANY})
    name = in_words(N_("Subscribers"), request[VISIT].language)
    file = await asyncio.to_thread(TemporaryFile)
    return await _handed_over(request, file, XlsxFile(file, name), XLSX, "xlsx")


async def _handed_over(
    request: web.Request, file: IO[bytes], table: CsvFile | XlsxFile, kind: str, suffix: str
) -> web.Response:
    """Write the list to *file* a page at a time, and answer with that; aiohttp closes it."""
    database, language = services_of(request).database, request[VISIT].language
    async with database.transaction() as db:
        await _record(request, db, "subscribers.exported")
    try:
        await asyncio.to_thread(table.add, [[in_words(head, language) for head in _HEADS]])
        async with database.reading() as db:
            number = 1
            async for some in exporting.pages(db):
                await asyncio.to_thread(_add, table, some, number)
                number += len(some)
        await asyncio.to_thread(table.finish)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="baraza-subscribers.{suffix}"'}
    return web.Response(body=file, content_type=kind, headers=headers)


def _add(table: CsvFile | XlsxFile, some: exporting.Page, number: int) -> None:
    rows = exporting.cells(some)
    table.add([[at, *row] for at, row in enumerate(rows, start=number)])


async def _record(request: web.Request, db: Any, act: str) -> None:
    """Keep that it was done; never to whom."""
    by, now = member_of(request).member.id, services_of(request).now()
    await audit.record(db, actor=by, act=act, subject="list", now=now)


def _wrong(
    form: Mapping[str, Any], number: str | None, day: date | None, today: date
) -> dict[str, str]:
    errors = {}
    if number is None:
        errors["phone"] = NO_NUMBER
    if field(form, "language") not in languages():
        errors["language"] = NO_LANGUAGE
    for name, known in _CHOICES.items():
        if field(form, name) and field(form, name) not in known:
            errors[name] = NO_CHOICE
    if not 0 < len(printable(field(form, "how"))) <= HOW_CHARACTERS:
        errors["how"] = NO_HOW
    if day is None or day > today:
        errors["day"] = NO_DAY
    if len(printable(field(form, "cohort"))) > COHORT_CHARACTERS:
        errors["cohort"] = LONG_COHORT
    return errors


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


async def with_errors(
    request: web.Request, values: Mapping[str, Any], errors: Mapping[str, str]
) -> web.Response:
    """Show the page with what was typed into one of its forms, and what is wrong with it."""
    return await _page(request, values, errors)


async def _page(
    request: web.Request,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> web.Response:
    language = request[VISIT].language
    async with services_of(request).database.reading() as db:
        counts = await subscribers.counts(db)
        every = await bodies.all_sites(db)
        breakdowns: Sequence[tuple[str, Mapping[str, str], Mapping[str, int]]] = (
            (N_("By language"), _spoken(), await audiences.by_language(db, EVERYBODY)),
            (
                N_("By channel"),
                {key: in_words(text, language) for key, text in CHANNELS.items()},
                await audiences.by_channel(db, EVERYBODY),
            ),
            (
                N_("By site"),
                {site.code: f"{site.code} · {site.name}" for site in every},
                await audiences.by_site(db, EVERYBODY),
            ),
        )
    return await page(
        request,
        "subscribers.html",
        status=422 if errors else 200,
        counts=counts,
        breakdowns=breakdowns,
        fewest=FEWEST,
        sites=every,
        spoken=_spoken(),
        choices=_CHOICES,
        labels=_LABELS,
        values=values or {},
        errors=errors or {},
        longest=HOW_CHARACTERS,
    )


def _spoken() -> Mapping[str, str]:
    return {tag: one.name for tag, one in languages().items()}


_LABELS: Final = {
    "role": N_("Work"),
    "gender": N_("Gender"),
    "formality": N_("Registration of the work"),
}
