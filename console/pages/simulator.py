"""Two rehearsal phones side by side: a basic one that shows SMS, and one with a chat app.

What is said on them goes through the same inbox, engine, ledger and rendering as a provider's.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from channels import rehearsal
from channels.base import Address, Inbound, Style
from channels.rehearsal import BASIC, CHAT, Shown
from channels.segments import cost
from console.access import VISIT
from console.notices import Notice
from console.responses import field, go, page
from console.services import services_of
from console.words import in_words
from locales import N_

#: Numbers that no telephone company gives out (555-01XX is kept for fiction).
PHONES: Final = ("+12025550101", "+12025550102", "+12025550103")
LONGEST_NUMBER: Final = 20

STYLES: Final = {BASIC: Style.SMS, CHAT: Style.CHAT}

#: A page without script waits this long for the reply, in seconds, before it is shown anew.
PATIENCE: Final = 1.5
LOOK_EVERY: Final = 0.15


#: What a phone shows on its own screen that rang us.
RANG: Final = N_("(rang, and hung up)")


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone with what stands on its screen."""

    address: Address
    messages: Sequence[Shown]

    @property
    def channel(self) -> str:
        """The channel that it is on."""
        return self.address.channel

    @property
    def number(self) -> str:
        """Its number."""
        return self.address.value

    @property
    def basic(self) -> bool:
        """Whether it shows SMS only."""
        return STYLES[self.channel] is Style.SMS

    @property
    def last(self) -> int:
        """The id of the newest message; 0: the screen is empty."""
        return self.messages[-1].id if self.messages else 0


async def show(request: web.Request) -> web.Response:
    """Show both phones."""
    number = number_of(request.query.get("phone", ""))
    phones = [await _phone(request, Address(channel, number)) for channel in STYLES]
    return await page(
        request, "simulator.html", phones=phones, number=number, numbers=PHONES, cost=cost
    )


async def screen(request: web.Request) -> web.Response:
    """Answer with one screen if something came since ``last``; with nothing if not."""
    phone = await _asked(request, request.query)
    if str(phone.last) == request.query.get("last"):
        return web.Response(status=204)
    return await page(request, "parts/screen.html", phone=phone, cost=cost)


async def say(request: web.Request) -> web.Response:
    """Say something on a phone, press a button on it, or let it ring us."""
    form = await request.post()
    phone = await _asked(request, form)
    text, choice = field(form, "text")[:MAX_SAID], field(form, "choice") or None
    if phone.basic and field(form, "ring"):
        label = in_words(RANG, request[VISIT].language)
        await _hear(request, rehearsal.rang(phone.address), label)
    elif text or choice:
        inbound = rehearsal.said(phone.address, text, choice)
        await _hear(request, inbound, _label(phone, choice))
    if "HX-Request" in request.headers:
        said = await _phone(request, phone.address)
        return await page(request, "parts/phone.html", phone=said, cost=cost)
    await _reply_on_screen(request, phone)
    return go(request, f"/simulator?phone={quote(phone.number)}#{phone.channel}")


async def wipe(request: web.Request) -> web.Response:
    """Clear both screens of a number. What was reported on them stays reported."""
    number = number_of(field(await request.post(), "phone"))
    services = services_of(request)
    async with services.database.transaction() as db:
        await rehearsal.clear(db, services.keyring, number)
    return go(request, f"/simulator?phone={quote(number)}", Notice("wiped"))


#: Characters. A chat message is at most 4096; longer ones are for the tests of the inbox.
MAX_SAID: Final = 4096


async def _hear(request: web.Request, inbound: Inbound, label: str) -> None:
    """Put on the phone's own screen what was said, or else *label*; then let it be heard."""
    services = services_of(request)
    async with services.database.transaction() as db:
        await rehearsal.show_said(db, services.keyring, inbound, services.now(), label)
    await services.hear(inbound)


def _label(phone: Phone, choice: str | None) -> str:
    """Return what is written on the button that was pressed."""
    buttons = (one for shown in phone.messages for row in shown.buttons for one in row)
    return next((one.label for one in buttons if one.data == choice), "")


async def _reply_on_screen(request: web.Request, before: Phone) -> None:
    """Wait for the sender a little, so that who has no script sees the reply at once."""
    for _ in range(int(PATIENCE / LOOK_EVERY)):
        now = await _phone(request, before.address)
        if any(shown.id > before.last and not shown.mine for shown in now.messages):
            return
        await asyncio.sleep(LOOK_EVERY)


async def _asked(request: web.Request, values: Any) -> Phone:
    channel = field(values, "channel")
    if channel not in STYLES:
        raise web.HTTPNotFound
    return await _phone(request, Address(channel, number_of(field(values, "phone"))))


async def _phone(request: web.Request, address: Address) -> Phone:
    services = services_of(request)
    async with services.database.reading() as db:
        return Phone(address, await rehearsal.screen(db, services.keyring, address))


def number_of(typed: str) -> str:
    """Return the number of a rehearsal phone, of whatever was typed."""
    digits = "".join(c for c in typed if c.isascii() and c.isdigit())[:LONGEST_NUMBER]
    return f"+{digits}" if digits else PHONES[0]
