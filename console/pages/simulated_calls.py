"""A rehearsal phone takes a call: the same turns as on a telephone, with keys on a page."""

from typing import Any, Final

from aiohttp import web

from bots import call_turns, calling
from channels import rehearsal, sound_links
from channels.base import Address, Delivery, Receipt
from channels.calls import Next, Place, Play, Script, Turn
from channels.error_codes import of as meaning
from channels.rehearsal import BASIC, CALL
from channels.wire import words
from console.access import VISIT
from console.once import new_token
from console.pages.simulator import MAX_SAID, number_of
from console.responses import field, go, page
from console.services import services_of
from console.words import in_words
from locales import N_

#: What stands on the screen when the call is over.
TAKEN: Final = N_("(took a call)")
NOT_TAKEN: Final = N_("(did not take a call)")

#: The keys of a telephone, in its rows.
KEYS: Final = ("123", "456", "789", "*0#")

#: How a provider ranks that a call was taken, and that it is over (``Receipt.rank``).
_UNDER_WAY, _OVER = 3, 4

_UNANSWERED: Final = "no-answer"


async def turn(request: web.Request) -> web.Response:
    """Answer a call or let it ring, press a key, say something or nothing, or hang up."""
    form = await request.post()
    phone = Address(BASIC, number_of(field(form, "phone")))
    message, act = field(form, "message"), field(form, "act")
    if not await _rings(request, phone, message):
        return _back(request, phone)  # it is over
    if act in {"decline", "hang-up"}:
        await _end(request, phone, message, taken=act == "hang-up")
        return _back(request, phone)
    if act == "answer":
        await _report(request, message, Delivery.SENT, _UNDER_WAY)
    taken = _turn(form, phone, message)
    script = await _script(request, taken)
    return await _page(request, taken, script)


def _turn(form: Any, phone: Address, message: str) -> Turn:
    """Return what was done on the page, as a provider would bring it."""
    act = field(form, "act")
    query = {name: field(form, name) for name in Place().to_query() if name in form}
    place = None if act == "answer" else Place.from_query(query)
    said = words(field(form, "text"))[:MAX_SAID].strip() if act == "say" else ""
    key = field(form, "key")[:1] if act == "" else ""
    spoken_id = field(form, "once") if said else ""
    return Turn(message, message, phone, CALL, place, key, spoken_id, words=said)


async def _script(request: web.Request, taken: Turn) -> Script:
    services = services_of(request)
    for arrival in calling.arrivals(taken):
        await services.hear(arrival)
    async with services.database.transaction() as db:
        return await call_turns.take(db, services.keyring, taken, services.now())


async def _rings(request: web.Request, phone: Address, message: str) -> bool:
    """Whether *phone* has a call with the id *message* that is not over."""
    services = services_of(request)
    async with services.database.reading() as db:
        screen = await rehearsal.screen(db, services.keyring, phone)
    return bool(message) and any(shown.call == message for shown in screen)


async def _end(request: web.Request, phone: Address, message: str, *, taken: bool) -> None:
    services = services_of(request)
    label = in_words(TAKEN if taken else NOT_TAKEN, request[VISIT].language)
    async with services.database.transaction() as db:
        keyring, now = services.keyring, services.now()
        await rehearsal.rings_no_more(db, keyring, phone, message, label, now)
    await _report(request, message, Delivery.DELIVERED if taken else Delivery.UNDELIVERED, _OVER)


async def _report(request: web.Request, message: str, delivery: Delivery, rank: int) -> None:
    code = _UNANSWERED if delivery is Delivery.UNDELIVERED else None
    again = meaning(code).tries if code else 0
    await services_of(request).hear(
        Receipt(CALL, delivery, message, message, error_code=code, rank=rank, again=again)
    )


def _back(request: web.Request, phone: Address) -> web.Response:
    return go(request, f"/simulator?phone=%2B{phone.value.removeprefix('+')}#{BASIC}")


async def _page(request: web.Request, taken: Turn, script: Script) -> web.Response:
    services = services_of(request)
    if script.then is Next.END:
        await _end(request, taken.phone, taken.message, taken=True)
    links = {
        line.sound: sound_links.link(services.keyring, line.sound, services.now())
        for line in script.lines
        if isinstance(line, Play)
    }
    return await page(
        request,
        "simulator_call.html",
        phone=taken.phone.value,
        message=taken.message,
        lines=[(line, links.get(getattr(line, "sound", ""))) for line in script.lines],
        read_aloud=sound_links.READ_ALOUD,
        place=script.place.to_query(),
        then=script.then,
        once=new_token(),
        keys=KEYS,
    )
