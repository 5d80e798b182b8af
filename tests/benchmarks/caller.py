"""A provider's side of the webhooks: signed forms, posted as fast as they are answered or at an
even pace. In a process of its own, and with as little of HTTP as it needs.

``python -m tests.benchmarks.caller JOB``, where JOB is ``Calls`` as JSON.
"""

import asyncio
import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha1
from hmac import digest
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvloop

from tests.benchmarks.account import ACCOUNT, NUMBER, TOKEN

#: What each person says, over and over.
SCRIPTS = {
    # A look around: five turns of a dialogue, nothing filed.
    "talk": ("MENU", "3", "0", "9", "0"),
    # What follows a broadcast on the radio.
    "joining": ("JOIN", "0", "1", "1", "1"),
    # A report told step by step, and a look at the menu. One turn in seven seals a new case to
    # everybody who may open it, and waits for a receipt code, which is slow to make on purpose.
    "reports": (
        "MENU",
        "1",
        "The tunnel at the river has fallen in and two are hurt",
        "2",
        "3",
        "0",
        "1",
    ),
}


@dataclass(frozen=True)
class Calls:
    """*urls*: each process that answers; a person always calls the same one, as a balancer that
    minds callers would do. *public*: the address that is signed. *rate*: calls a second in all;
    0: each person calls as soon as they are answered.
    """

    urls: list[str]
    public: str
    people: int
    seconds: float
    script: str = "talk"
    rate: float = 0

    @property
    def json(self) -> dict[str, Any]:
        return asdict(self)


def signed(url: str, form: dict[str, str]) -> str:
    """Return Twilio's signature of *form* posted to *url* (docs/usage/security)."""
    payload = url + "".join(key + form[key] for key in sorted(form))
    return b64encode(digest(TOKEN.encode(), payload.encode(), sha1)).decode()


def requests(calls: Calls, person: int, run: str) -> Iterator[bytes]:
    """Yield one person's webhooks without end. *run* keeps them from being taken for repeats."""
    count = 0
    while True:
        for text in SCRIPTS[calls.script]:
            count += 1
            form = {
                "AccountSid": ACCOUNT,
                "Body": text,
                "From": f"+1555{person:07d}",
                "MessageSid": f"SM{run}{person:08x}{count:016x}",
                "NumMedia": "0",
                "To": NUMBER,
            }
            yield posted("/hooks/sms", form, signed(f"{calls.public}/hooks/sms", form))


def posted(path: str, form: dict[str, str], signature: str) -> bytes:
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: baraza.example\r\nX-Twilio-Signature: {signature}\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line:
    """One connection of the provider, kept alive."""

    async def open(self, url: str) -> None:
        parts = urlsplit(url)
        self._reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port)

    async def call(self, request: bytes) -> None:
        """Post *request* and wait for its answer. Raises ``RuntimeError`` unless it is 2xx."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        size = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        await self._reader.readexactly(int(size or 0))
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"answered {head[9:12].decode()}")

    def close(self) -> None:
        self._writer.close()


class Caller:
    """Everybody who calls, and how long each call took."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._took: list[float] = []
        self._run = os.urandom(4).hex()

    async def run(self) -> dict[str, float]:
        """Call for as long as was asked; say what came of it."""
        people = [await self._person(number) for number in range(self._calls.people)]
        began = time.perf_counter()
        await asyncio.gather(
            *(self._calls_on(began, number, *one) for number, one in enumerate(people))
        )
        seconds = time.perf_counter() - began
        took = sorted(self._took)
        parts = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        at = {
            name: took[min(int(part * len(took)), len(took) - 1)] for name, part in parts.items()
        }
        return {"done": len(took), "seconds": seconds, **at}

    async def _person(self, number: int) -> tuple[Line, Iterator[bytes]]:
        line = Line()
        await line.open(self._calls.urls[number % len(self._calls.urls)])
        return line, requests(self._calls, number, self._run)

    async def _calls_on(
        self, began: float, number: int, line: Line, says: Iterator[bytes]
    ) -> None:
        """Call on and on. At a pace, a call counts from when it was due, late or not."""
        calls, step = self._calls, 0
        every = calls.people / calls.rate if calls.rate else 0.0
        while (now := time.perf_counter()) < began + calls.seconds:
            due = began + number / calls.rate + step * every if calls.rate else now
            if due > began + calls.seconds:
                break
            await asyncio.sleep(max(due - now, 0))
            await line.call(next(says))
            self._took.append(time.perf_counter() - due)
            step += 1
        line.close()


async def main(calls: Calls) -> None:
    print(json.dumps(await Caller(calls).run()))


if __name__ == "__main__":
    uvloop.run(main(Calls(**json.loads(sys.argv[1]))))
