"""Lets a broadcast leave: by a second person, or alone to a few. And tests of it.

Whether that may be is judged by ``outreach.approvals``, whatever a form brings.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from channels.base import Address
from channels.numbers import e164
from channels.routing import CALLS
from channels.wire import words
from console.access import member_of
from console.broadcast_words import REFUSALS
from console.notices import Notice
from console.once import first_time
from console.pages.broadcasts import edition_of, found, one_page
from console.pages.leaving import before_cancelling
from console.responses import field, go
from console.services import services_of
from forum.members import NotAllowed
from locales import N_
from outreach import approvals, trials
from outreach.announcements import Announcement, Changed, State
from outreach.approvals import Refusal, Refused
from outreach.trials import Nothing, TooMany
from storage.unit_of_work import Transaction

NO_PHONE: Final = N_("This is no phone that a message can go to: %(what)s")
TOO_MANY: Final = N_("A test goes to ten phones at most, and to thirty in a day.")
NO_TEXT: Final = N_("Write the phones, one on each line, and choose a language that has words.")

#: Telegram's ids of chats are whole numbers, at most 52 bits (Bot API, Chat.id).
CHAT_DIGITS: Final = 16

Deed = Callable[[Transaction, Announcement, Mapping[str, Any]], Awaitable[None]]


async def ask(request: web.Request) -> web.Response:
    """Ask for a second person."""

    async def deed(db: Transaction, this: Announcement, given: Mapping[str, Any]) -> None:
        form = await request.post()
        own: dict[str, Any] = {
            "edition": edition_of(form),
            "untried": words(field(form, "untried")).strip(),
            "office": services_of(request).office(),
        }
        await approvals.ask(db, this.id, **own, **given)

    return await _do(request, deed, "broadcast_asked")


async def release(request: web.Request) -> web.Response:
    """Let it leave without a second person."""

    async def deed(db: Transaction, this: Announcement, given: Mapping[str, Any]) -> None:
        edition = edition_of(await request.post())
        office = services_of(request).office()
        await approvals.release_alone(db, this.id, edition=edition, office=office, **given)

    return await _do(request, deed, "broadcast_released")


async def approve(request: web.Request) -> web.Response:
    """Let it leave, as its second person."""

    async def deed(db: Transaction, this: Announcement, given: Mapping[str, Any]) -> None:
        content = field(await request.post(), "content")
        office = services_of(request).office()
        await approvals.approve(db, this.id, content=content, office=office, **given)

    return await _do(request, deed, "broadcast_approved")


async def decline(request: web.Request) -> web.Response:
    """Send it back to who wrote it."""

    async def deed(db: Transaction, this: Announcement, given: Mapping[str, Any]) -> None:
        await approvals.decline(db, this.id, **given)

    return await _put_back(request, deed, "broadcast_declined")


async def withdraw(request: web.Request) -> web.Response:
    """Ask no more."""

    async def deed(db: Transaction, this: Announcement, given: Mapping[str, Any]) -> None:
        await approvals.withdraw(db, this.id, **given)

    return await _put_back(request, deed, "broadcast_withdrawn")


async def ask_back(request: web.Request) -> web.Response:
    """Ask before one that has begun is put back: all of it is cancelled then."""
    this = await found(request)
    if this.state is not State.ASKED or this.began_at is None:
        return go(request, f"/broadcasts/{this.id}", Notice("gone_on_broadcast"))
    return await before_cancelling(request, this)


async def test(request: web.Request) -> web.Response:
    """Send it to the phones that were typed, marked as a test."""
    services, this, form = services_of(request), await found(request), await request.post()
    ways = services.office().ways
    line, language = field(form, "channel"), field(form, "language")
    channel = CALLS.get(line, line)
    lines = [one.strip() for one in field(form, "phones").splitlines() if one.strip()]
    phones = [_phone(channel, one, services.region) for one in lines]
    if line not in ways or None in phones:
        wrong = ", ".join(one for one, phone in zip(lines, phones, strict=True) if phone is None)
        return await _test_failed(request, this, form, NO_PHONE if lines else NO_TEXT, wrong)
    known = [phone for phone in phones if phone is not None]
    try:
        async with services.database.transaction() as db:
            if not await first_time(db, field(form, "once"), services.now()):
                return go(request, f"/broadcasts/{this.id}", Notice("twice"))
            given: dict[str, Any] = {
                "ways": ways,
                "call": line in CALLS,
                "by": member_of(request).member,
                "now": services.now(),
            }
            await trials.send(db, services.keyring, this, known, language, **given)
    except TooMany:
        return await _test_failed(request, this, form, TOO_MANY)
    except (Nothing, NotAllowed):
        return await _test_failed(request, this, form, NO_TEXT)
    said = {"count": str(len(known))}
    return go(request, f"/broadcasts/{this.id}", Notice("broadcast_tested", said))


async def _put_back(request: web.Request, deed: Deed, done: str) -> web.Response:
    """Put it back; of one that has begun only by who saw what that means."""
    if (await found(request)).began_at is None:
        return await _do(request, deed, done)
    if not field(await request.post(), "sure"):
        return go(request, request.path)
    return await _do(request, deed, "broadcast_cancelled")


async def _do(request: web.Request, deed: Deed, done: str) -> web.Response:
    services, this = services_of(request), await found(request)
    given = {"by": member_of(request).member, "now": services.now()}
    try:
        async with services.database.transaction() as db:
            await deed(db, this, given)
    except Changed:
        return go(request, f"/broadcasts/{this.id}", Notice("gone_on_broadcast"))
    except Refused as refused:
        if refused.why is Refusal.UNTRIED:
            return await one_page(request, this, errors={"untried": REFUSALS[refused.why]})
        return await one_page(request, this, errors={"leave": REFUSALS[refused.why]})
    return go(request, f"/broadcasts/{this.id}", Notice(done))


async def _test_failed(
    request: web.Request,
    this: Announcement,
    form: Mapping[str, Any],
    error: str,
    wrong: str = "",
) -> web.Response:
    typed = {name: field(form, name) for name in ("phones", "channel", "language")}
    return await one_page(request, this, {**typed, "wrong": wrong}, {"phones": error})


def _phone(channel: str, typed: str, region: str) -> Address | None:
    """Return where a test goes; None: nobody can be reached so."""
    if channel == "telegram":
        digits = typed.removeprefix("-")
        whole = digits.isascii() and digits.isdecimal() and len(digits) <= CHAT_DIGITS
        return Address(channel, typed) if whole else None
    number = e164(typed, region)
    return None if number is None else Address(channel, number)
