"""Limits and prices of broadcasts: how many one person alone may write to, what messages cost."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from channels.routing import CALLS
from console.access import member_of
from console.notices import Notice
from console.pages.case import NOTHING
from console.responses import field, go, page
from console.services import services_of
from console.words import LINES
from forum import members
from forum.members import NotAllowed
from locales import N_
from outreach import terms, thresholds
from outreach.terms import DEAREST, FINENESS, MOST_ALONE

NO_NUMBER: Final = N_("Write a number from 0 to 10,000.")
NO_PRICE: Final = N_("Write a price with at most four decimals, such as 0.0450.")
NO_CURRENCY: Final = N_("Write three letters, such as KES.")
NOT_YOU: Final = N_(
    "Somebody else must agree: a member who manages members, does not broadcast, and was here "
    "when it was asked."
)

CURRENCY_LETTERS: Final = 3


async def show(request: web.Request) -> web.Response:
    """Show what holds, and what somebody wishes."""
    return await shown(request)


async def limit(request: web.Request) -> web.Response:
    """Change how many one person alone may write to; more takes a second member."""
    services, form = services_of(request), await request.post()
    typed = field(form, "people")
    number = _number(typed)
    if not 0 <= number <= MOST_ALONE:
        return await shown(request, form, {"people": NO_NUMBER})
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            held = await terms.allow(db, number, by=by, now=now)
    except NotAllowed:
        return await shown(request, form, {"people": NOT_YOU})
    return go(request, "/terms", Notice("limit_kept" if held else "limit_wished"))


async def agree(request: web.Request) -> web.Response:
    """Agree to what another member wishes."""
    services, form = services_of(request), await request.post()
    typed = field(form, "people")
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            await terms.agree(db, _number(typed), by=by, now=now)
    except NotAllowed:
        return await shown(request, errors={"agree": NOT_YOU})
    return go(request, "/terms", Notice("limit_kept"))


async def price(request: web.Request) -> web.Response:
    """Keep what messages cost."""
    services, form = services_of(request), await request.post()
    given, errors = _prices(form, sorted(services.office().ways))
    currency = field(form, "currency").upper()
    if len(currency) != CURRENCY_LETTERS or not (currency.isascii() and currency.isalpha()):
        errors["currency"] = NO_CURRENCY
    if errors:
        return await shown(request, form, errors)
    try:
        async with services.database.transaction() as db:
            by, now = member_of(request).member, services.now()
            await terms.price(db, given, currency, by=by, now=now)
    except NotAllowed:
        return await shown(request, form, {"currency": NOT_YOU})
    return go(request, "/terms", Notice("prices_kept"))


def _number(typed: str) -> int:
    """Return the number that was typed; -1: none that anybody may wish for."""
    short = len(typed) <= len(str(MOST_ALONE))
    return int(typed) if short and typed.isascii() and typed.isdecimal() else -1


def _prices(form: Mapping[str, Any], channels: list[str]) -> tuple[dict[str, int], dict[str, str]]:
    """Return the prices that were typed, in ten-thousandths, and what is wrong, by field."""
    given, errors = {}, {}
    for channel in channels:
        name = f"price_{channel}"
        typed = field(form, name).replace(",", ".")
        if not typed:
            continue
        try:
            amount = Decimal(typed) * FINENESS
        except ArithmeticError:
            amount = Decimal("NaN")
        if amount.is_finite() and amount == int(amount) and 0 <= amount <= DEAREST:
            given[channel] = int(amount)
        else:
            errors[name] = NO_PRICE
    return given, errors


async def shown(
    request: web.Request,
    form: Mapping[str, Any] = NOTHING,
    errors: Mapping[str, str] = NOTHING,
) -> web.Response:
    """Answer with the page, with what was typed and what is wrong with it."""
    services, me = services_of(request), member_of(request).member
    async with services.database.reading() as db:
        settled, prices = await terms.read(db), await terms.prices_of(db)
        reach = await thresholds.read(db)
        wishing = [one for one in (settled.wished_by, reach.wished_by) if one]
        names = await members.names(db, wishing)
    held = {
        "people": str(settled.alone_up_to),
        "threshold": str(reach.threshold),
        "currency": settled.currency,
        **{f"price_{channel}": f"{price / FINENESS:.4f}" for channel, price in prices.items()},
    }
    return await page(
        request,
        "terms.html",
        status=422 if errors else 200,
        settled=settled,
        wished_by=names.get(settled.wished_by or "", ""),
        mine=settled.wished_by == me.id,
        reach=reach,
        lower_wished_by=names.get(reach.wished_by or "", ""),
        lower_mine=reach.wished_by == me.id,
        values={**held, **{name: field(form, name) for name in form}},
        errors=errors,
        lines=sorted(services.office().ways),
        channels=LINES,
        calling=CALLS,
    )
