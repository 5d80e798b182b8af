"""Search in the words of cases. What is looked for comes by a form, and is kept nowhere."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from aiohttp import web

from console.access import member_of
from console.opening import opener
from console.pages.case import NOTHING
from console.responses import field, page
from console.services import services_of
from console.words import STATES
from forum import bodies
from grievances import searching
from grievances.matching import Words
from grievances.searching import HITS, Place, Round, Wanted
from locales import N_

#: Characters of a question.
LONGEST: Final = 200

#: What a page says has been looked at is never a number so long.
_MANY_DIGITS: Final = 12

NO_WORDS = N_("Write at least one word.")
TOO_LONG = N_("Write fewer words: at most 200 characters.")
NO_DAY = N_("Choose a day, or leave this empty.")


async def show(request: web.Request) -> web.Response:
    """Show the form."""
    return await _page(request)


async def find(request: web.Request) -> web.Response:
    """Look through the next entries for what was typed."""
    form = await request.post()
    errors = _wrong(form)
    if errors:
        return await _page(request, form, errors, status=422)
    services, me = services_of(request), member_of(request)
    async with services.database.reading() as db:
        found = await searching.look(
            db,
            me.member,
            me.session.private,
            _wanted(request, form),
            opener(request),
            Place.read(field(form, "place")),
        )
    return await _page(request, form, found=found)


async def _page(
    request: web.Request,
    values: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
    *,
    found: Round | None = None,
    status: int = 200,
) -> web.Response:
    async with services_of(request).database.reading() as db:
        sites = await bodies.all_sites(db)
    return await page(
        request,
        "search.html",
        status=status,
        values=values,
        errors=errors,
        found=found,
        so_far=_so_far(values) + (found.looked_at if found else 0),
        most=HITS,
        longest=LONGEST,
        sites=sites,
        categories=services_of(request).taxonomy.categories,
        states=STATES,
    )


def _wrong(form: Mapping[str, Any]) -> dict[str, str]:
    words, errors = field(form, "words"), {}
    if len(words) > LONGEST:
        errors["words"] = TOO_LONG
    elif not Words.of(words):
        errors["words"] = NO_WORDS
    if field(form, "since") and _day(form) is None:
        errors["since"] = NO_DAY
    return errors


def _wanted(request: web.Request, form: Mapping[str, Any]) -> Wanted:
    day = _day(form)
    return Wanted(
        words=Words.of(field(form, "words")),
        open_only=bool(field(form, "open_only")),
        site_id=_known(field(form, "site")),
        category=_known(field(form, "category")),
        since=_begins(day, request) if day is not None else None,
    )


def _known(choice: str) -> str | None:
    """Return a choice as a database takes it; what is none of ours finds nothing."""
    return choice.replace("\0", "?")[:LONGEST] or None


def _day(form: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(field(form, "since"))
    except ValueError:
        return None


def _begins(day: date, request: web.Request) -> datetime:
    """Return when *day* begins where the forum works; the very first days there are, anywhere."""
    try:
        return datetime.combine(day, time(), tzinfo=services_of(request).zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time(), tzinfo=UTC)


def _so_far(form: Mapping[str, Any]) -> int:
    """Return how many entries earlier rounds looked at, as their pages said."""
    said = field(form, "so_far")
    return (
        int(said) if said.isdecimal() and len(said) < _MANY_DIGITS and field(form, "place") else 0
    )
