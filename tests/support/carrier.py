"""Twilio for soaks: quick among a hundred thousand messages, and in whatever weather is set."""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web

from tests.support.loopback import Fault
from tests.support.twilio_server import Message, TwilioServer

#: Seconds between two bytes of an answer that never ends, and how many bytes there are.
DRIP = 0.2
DRIPS = 600


@dataclass(frozen=True)
class Loris(Fault):
    """The answer comes byte after byte and is never whole."""


#: Says how a request goes wrong; None: it does not. *first*: this message was never asked for.
Weather = Callable[[web.Request, bool], Fault | None]


def fair(_request: web.Request, _first: bool) -> None:
    """Let nothing go wrong."""


class Carrier(TwilioServer):
    """Knows what it took by our own id, and finds it by number."""

    def __init__(self) -> None:
        super().__init__()
        self.weather: Weather = fair
        self.taken: Counter[str] = Counter()  # our id -> how often a message was made of it
        self.listed: set[str] = set()  # numbers of which we were asked what went there
        self.busy = 0  # requests that are being answered
        self.creates = 0
        self._tried: set[str] = set()
        self._by_number: dict[str, list[Message]] = defaultdict(list)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.busy += 1
        self.creates += 1
        try:
            return await super()._create(request)
        finally:
            self.busy -= 1
            self.calls.clear()  # a soak has too many to keep them

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.listed.add(request.query.get("To", ""))
        return await super()._list(request)

    def _take(self, form: dict[str, str]) -> web.Response:
        self.taken[ours(form)] += 1
        answer = super()._take(form)
        self._by_number[form["To"]].append(self.sent[-1])
        return answer

    def _page(self, asked: Mapping[str, str]) -> web.Response:
        everything, self.sent = self.sent, self._by_number[asked["To"]]
        try:
            return super()._page(asked)
        finally:
            self.sent = everything

    async def suffer(self, request: web.Request, refuse: Any, take: Any) -> web.StreamResponse:
        """Answer as the weather is."""
        fault = self.weather(request, await self._first(request))
        if isinstance(fault, Loris):
            return await self._drip(request, take() if fault.taken else None)
        if fault is not None:
            self.faults.append(fault)
        elif request.method == "GET":
            return take()  # at once, however slow it is to send
        return await super().suffer(request, refuse, take)

    async def _first(self, request: web.Request) -> bool:
        """Whether it is the first time that we are asked to send this message."""
        if request.method != "POST":
            return False
        message = ours({name: str(value) for name, value in (await request.post()).items()})
        first = message not in self._tried
        self._tried.add(message)
        return first

    async def _drip(self, request: web.Request, whole: web.Response | None) -> web.StreamResponse:
        answer = web.StreamResponse(status=201 if whole else 500)
        answer.content_type = "application/json"
        await answer.prepare(request)
        with contextlib.suppress(aiohttp.ClientError):  # the other end has had enough
            for _ in range(DRIPS):
                if self._stopping.is_set():
                    break
                await answer.write(b" ")
                await asyncio.sleep(DRIP)
        return answer


def ours(form: Mapping[str, str]) -> str:
    """Return our own id of a message, which the address for its reports carries."""
    return parse_qs(urlsplit(form["StatusCallback"]).query)["m"][0]
