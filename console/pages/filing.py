"""A trusted person writes down what somebody else reports, and hands the receipt code over."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from nacl.utils import random

from console import once
from console.notices import Notice
from console.pages.case import LONGEST
from console.responses import field, go, page
from console.services import Services, services_of
from forum import bodies
from grievances import correspondence, intake
from grievances.intake import Filed
from locales import N_, languages
from storage.unit_of_work import Transaction
from vault import codes
from vault.codes import Minted
from vault.passwords import SALT_BYTES

#: Where such a report comes from. Nothing is ever sent there.
CHANNEL: Final = "facilitator"

NO_STORY = N_("Write down what happened.")
TOO_LONG = N_("This is too long. The story may have 1500 characters.")
NO_LANGUAGE = N_("Choose the language in which they want to be answered.")
NO_WAY = N_("Choose whether they can come back.")

#: How the reporter can come back, and what the secretariat reads of it.
WAYS: Final[Mapping[str, tuple[str, str]]] = {
    "phone": (
        N_("They ask from a phone, with the code"),
        N_("Written down by a facilitator. The reporter comes back from a phone, with the code."),
    ),
    "facilitator": (
        N_("They ask through me, with the code"),
        N_("Written down by a facilitator. The reporter comes back through them, with the code."),
    ),
    "never": (
        N_("They cannot come back"),
        N_("Written down by a facilitator. The reporter cannot come back."),
    ),
}


async def show(request: web.Request) -> web.Response:
    """Show the empty form."""
    return await _form(request)


async def file(request: web.Request) -> web.Response:
    """Keep the report as one from any channel, and show its code this once."""
    form = await request.post()
    errors = _wrong(form)
    if errors:
        return await _form(request, form, errors)
    services = services_of(request)
    minted = await asyncio.to_thread(_mint, services)
    async with services.database.transaction() as db:
        if not await once.first_time(db, field(form, "once"), services.now()):
            return go(request, "/file", Notice("twice"))
        filed = await _filed(db, services, minted, form)
    return await page(request, "filed.html", code=filed.code_text, way=field(form, "way"))


async def _filed(
    db: Transaction, services: Services, minted: Minted, form: Mapping[str, Any]
) -> Filed:
    now, calendar = services.now(), services.calendar
    filed = await intake.file_case(
        db,
        services.keyring,
        minted,
        address=CHANNEL,
        story=field(form, "story"),
        language=field(form, "language"),
        category=field(form, "category") or None,
        now=now,
        calendar=calendar,
        taxonomy=services.taxonomy,
    )
    site = await bodies.site_by_id(db, field(form, "site"))
    if site is not None:
        await intake.describe(db, filed.case_id, place=site.code, now=now, calendar=calendar)
    await correspondence.remark(db, filed.case_id, WAYS[field(form, "way")][1], now)
    return filed


def _mint(services: Services) -> Minted:
    code, salt = codes.mint(), random(SALT_BYTES)
    return Minted(code, salt, codes.digest(code, salt, services.keyring))


def _wrong(form: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    if not field(form, "story"):
        errors["story"] = NO_STORY
    elif len(field(form, "story")) > LONGEST:
        errors["story"] = TOO_LONG
    if field(form, "language") not in languages():
        errors["language"] = NO_LANGUAGE
    if field(form, "way") not in WAYS:
        errors["way"] = NO_WAY
    return errors


async def _form(
    request: web.Request,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> web.Response:
    async with services_of(request).database.reading() as db:
        sites = await bodies.all_sites(db)
    return await page(
        request,
        "file.html",
        status=422 if errors else 200,
        sites=sites,
        categories=services_of(request).taxonomy.categories,
        spoken={tag: one.name for tag, one in languages().items()},
        ways={name: label for name, (label, _) in WAYS.items()},
        values=values or {},
        errors=errors or {},
        longest=LONGEST,
        once=once.new_token(),
    )
