"""Servers that take SMS as Kannel 1.4.5 and Jasmin do, as far as Baraza uses them.

Kannel's answers were taken down from the real one (``tests/end_to_end/test_kannel.py`` runs it);
Jasmin's stand in its source: jasmin/protocols/http/endpoints, jasmin/routing/throwers.py.
"""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import web

from tests.support.loopback import Fault, LoopbackServer
from tests.support.parameters import Parameter, problems

#: What Jasmin's /send takes; it refuses whatever else is there.
SEND: Mapping[str, Parameter] = {
    "to": Parameter(required=True, pattern=r"\+?\d+"),
    "from": Parameter(),
    "coding": Parameter(pattern="[0-9]|1[034]"),
    "username": Parameter(required=True, least=1, most=16),
    "password": Parameter(required=True, least=1, most=16),
    "validity-period": Parameter("integer", least=1),
    "dlr": Parameter(values=("yes", "no")),
    "dlr-url": Parameter("uri"),
    "dlr-level": Parameter(values=("1", "2", "3")),
    "dlr-method": Parameter(values=("GET", "POST")),
    "content": Parameter(),
    "hex-content": Parameter(pattern="([0-9a-f]{2})+"),
}


@dataclass
class Taken:
    """One message that the gateway took."""

    to: str
    text: str
    fields: Mapping[str, str]

    @property
    def report_to(self) -> str:
        return self.fields["dlr-url"]


class GatewayServer(LoopbackServer):
    """``async with GatewayServer() as gateway``; ``gateway.url_of("jasmin")`` takes messages."""

    def __init__(self) -> None:
        super().__init__()
        self.user, self.password, self.number = "baraza", uuid4().hex[:16], "22345"
        self.sent: list[Taken] = []
        self.urls: list[str] = []  # as they would stand in an access log
        self.where: dict[str, str] = {}  # public address -> where it really listens
        self._count = itertools.count(1)
        add = self.app.router
        add.add_get("/cgi-bin/sendsms", self._by_query)
        add.add_post("/cgi-bin/sendsms", self._by_headers)
        add.add_post("/send", self._by_form)
        add.add_get("/balance", self._balance)

    def url_of(self, dialect: str = "kannel") -> str:
        """Return the address that takes messages in *dialect*."""
        return self.url + ("/send" if dialect == "jasmin" else "/cgi-bin/sendsms")

    # --- Kannel ------------------------------------------------------------------------------

    async def _by_query(self, request: web.Request) -> web.StreamResponse:
        return await self._kannel(request, dict(request.query))

    async def _by_headers(self, request: web.Request) -> web.StreamResponse:
        if "application/x-www-form-urlencoded" in request.content_type:
            return web.Response(status=400, text="Invalid content-type")
        fields = {
            name.lower().removeprefix("x-kannel-"): value
            for name, value in request.headers.items()
            if name.lower().startswith("x-kannel-")
        }
        fields["charset"] = request.charset or ""
        return await self._kannel(request, fields | {"text": await request.text()})

    async def _kannel(self, request: web.Request, fields: dict[str, str]) -> web.StreamResponse:
        self.calls.append(("sendsms", fields))
        self.urls.append(str(request.rel_url))
        if (fields.get("username"), fields.get("password")) != (self.user, self.password):
            return web.Response(status=403, text="Authorization failed for sendsms")
        if "to" not in fields:
            return web.Response(status=400, text="Missing receiver(s) number(s), rejected")
        if fields.get("charset", "").upper() != "UTF-8":
            self.violations.append("the text is read in the wrong alphabet")
        if fields.get("coding") == "0" and re.search(r"[^\x00-\xff€ΔΦΓΛΩΠΨΣΘΞ]", fields["text"]):
            self.violations.append("the network's alphabet has no such letters")

        def take() -> web.Response:
            self.sent.append(Taken(fields["to"], fields["text"], fields))
            return web.Response(status=202, text="0: Accepted for delivery")

        return await self.suffer(request, _kannels_fault, take)

    # --- Jasmin ------------------------------------------------------------------------------

    async def _by_form(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self.calls.append(("send", fields))
        self.urls.append(str(request.rel_url))
        if wrong := problems(SEND, fields):
            self.violations += wrong
            return web.Response(status=400, text=f'Error "{wrong[0]}"')
        if not self._known(fields):
            return web.Response(status=403, text=self._unknown(fields))

        def take() -> web.Response:
            content = bytes.fromhex(fields.get("hex-content", "")).decode("utf-16-be")
            self.sent.append(Taken(fields["to"], fields.get("content", content), fields))
            return web.Response(text=f'Success "{uuid4()}"')

        return await self.suffer(request, _jasmins_fault, take)

    async def _balance(self, request: web.Request) -> web.StreamResponse:
        if self._known(request.query):
            return web.json_response({"balance": "ND", "sms_count": "ND"})
        return web.json_response(self._unknown(request.query), status=403)

    def _known(self, fields: Mapping[str, str]) -> bool:
        return (fields.get("username"), fields.get("password")) == (self.user, self.password)

    def _unknown(self, fields: Mapping[str, str]) -> str:
        return f'Error "Authentication failure for username:{fields.get("username")}"'

    # --- what a gateway calls ----------------------------------------------------------------

    async def report(self, message: Taken, event: int, why: str = "") -> int:
        """Call for Kannel: *event* of *message*, and what the centre said of it."""
        url = message.report_to.replace("%d", str(event))
        _, _, query = urlencode({"a": why}).partition("=")
        async with self.session.get(self._really(url.replace("%A", query))) as response:
            return response.status

    async def report_state(self, message: Taken, **told: Any) -> tuple[int, str]:
        """Call for Jasmin, and return what it was answered."""
        form = {"id": str(uuid4()), "level": 2, "connector": "carrier", **told}
        async with self.session.post(self._really(message.report_to), data=form) as response:
            return response.status, await response.text()

    def _really(self, url: str) -> str:
        for public, real in self.where.items():
            url = url.replace(public, real)
        return url


def _kannels_fault(fault: Fault) -> web.Response:
    text = fault.description or "Number(s) +254711000001 rejected"
    return web.Response(status=fault.status, text=text, headers=_wait(fault))


def _jasmins_fault(fault: Fault) -> web.Response:
    text = f'Error "{fault.description or "+254711000001 is wrong"}"'
    return web.Response(status=fault.status, text=text, headers=_wait(fault))


def _wait(fault: Fault) -> dict[str, str]:
    return {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
