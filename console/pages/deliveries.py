"""Did it arrive? Of a broadcast as a whole, or of the answers under a receipt code.

Nobody is found by a telephone number. A code comes by a form and stays out of every address.
"""

import re
from typing import Any

from aiohttp import web

from channels import deliveries
from channels.deliveries import COUNTED, LOOKED_AT
from channels.ledger import DEAD
from console import charts, delivery_words
from console.access import VISIT, member_of
from console.responses import field, go, page
from console.services import services_of
from forum.members import Right
from grievances import codes, tracing
from grievances.caseload import visible_to
from grievances.codes import TooManyTries
from locales import N_
from vault.codes import LENGTH, read
from vault.keyring import Purpose

NO_NUMBERS = N_("Nobody is looked up by a telephone number here. Write a receipt code.")
NO_CODE = N_("That is no receipt code and no broadcast. A code has 14 digits: look again.")
WRONG_CODE = N_("No case has this code. Ask the reporter to read it again.")
TOO_MANY = N_("Too many codes were wrong. Try again in an hour.")
CODES_ARE_FOR_TRIAGE = N_("Only members who see all cases may look a receipt code up.")

BROADCAST_ID = re.compile(r"[0-9a-f]{32}")
NUMBER = re.compile(r"\+?[\d\s()./-]{6,20}")


async def show(request: web.Request) -> web.Response:
    """Show the newest broadcasts, and the form to look for anything else."""
    return await _page(request)


async def of_broadcast(request: web.Request) -> web.Response:
    """Show how far one broadcast has come."""
    services = services_of(request)
    async with services.database.reading() as db:
        broadcast = request.match_info["broadcast"]
        told = await deliveries.told(db, broadcast, request[VISIT].language)
        if told is None:
            raise web.HTTPNotFound
        progress = await deliveries.progress(db, broadcast)
    return await page(
        request,
        "broadcast.html",
        told=told,
        progress=progress,
        ends=charts.shares(
            {state: progress.judged.get(state, 0) for state in delivery_words.ENDS}
        ),
        words=delivery_words,
        counted=COUNTED,
        looked_at=LOOKED_AT,
    )


async def find(request: web.Request) -> web.Response:
    """Look for what was typed: a receipt code, or a broadcast."""
    typed = field(await request.post(), "find")
    code = read(typed)
    if code is None:
        broadcast = typed.lower()
        if BROADCAST_ID.fullmatch(broadcast):
            return go(request, f"/deliveries/{broadcast}")
        return await _page(request, NO_NUMBERS if _like_a_number(typed) else NO_CODE)
    me, services = member_of(request), services_of(request)
    if not me.may(Right.TRIAGE):
        return await _page(request, CODES_ARE_FOR_TRIAGE)
    now, sender = services.now(), services.keyring.pseudonym(Purpose.TRIES, "member", me.member.id)
    try:
        case = await codes.judge(
            services.database,
            services.keyring,
            code,
            sender=sender,
            now=now,
            seen=visible_to(me.member),
        )
    except TooManyTries:
        return await _page(request, TOO_MANY)
    if case is None:
        return await _page(request, WRONG_CODE)
    async with services.database.transaction() as db:
        trace = await tracing.trace(db, case, by=me.member, now=now)
    return await _page(request, trace=trace)


def _like_a_number(typed: str) -> bool:
    """Whether this is a telephone number; a code with a wrong digit has the length of a code."""
    digits = sum(character.isdecimal() for character in typed)
    return digits != LENGTH and NUMBER.fullmatch(typed) is not None


async def _page(request: web.Request, error: str = "", **values: Any) -> web.Response:
    async with services_of(request).database.reading() as db:
        recent = await deliveries.recent(db, request[VISIT].language)
    return await page(
        request,
        "deliveries.html",
        status=422 if error else 200,
        **{
            "errors": {"find": error} if error else {},
            "recent": recent,
            "trace": None,
            "words": delivery_words,
            "DEAD": DEAD,
            "may_trace": member_of(request).may(Right.TRIAGE),
            **values,
        },
    )
