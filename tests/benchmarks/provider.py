"""A provider that takes every message after a fixed latency, and notes when each came.

It speaks just enough of Twilio's and of Telegram's API. It runs in a process of its own, and
spends some 30 µs on a message, a tenth of what a web framework would: on two cores, what the stub
costs is taken from what is measured.

``python -m tests.benchmarks.provider PORT MILLISECONDS``; ``GET /taken`` says what came,
``/arrivals`` when, ``/quiet?line=…&seconds=…`` lets a line be told to wait, and from
``/report?to=…`` on each SMS is reported there, sent and then delivered, as Twilio does.
"""

import asyncio
import json
import math
import re
import sys
import time
from array import array
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import uvloop

from tests.benchmarks.account import ACCOUNT, NUMBER
from tests.benchmarks.caller import Line, posted, signed

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

#: What a text of ours begins with when its own arrival is asked for, not just that of the crowd.
MARKED = re.compile(rb"(?:^|&)(?:Body|text)=R(\d+)")
CALLBACK = re.compile(rb"(?:^|&)StatusCallback=([^&]*)")
CHAT = re.compile(rb"(?:^|&)chat_id=([^&]*)")

#: Connections over which receipts are brought to each of our processes.
REPORTERS = 16

OK, CREATED, TOO_FAST = b"200 OK", b"201 Created", b"429 Too Many Requests"


def answer(status: bytes, content: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(content)) + content


class Provider:
    """What came, by line: the moments (``time.monotonic``), and what is known of the marked."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.reports: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.reporters: list[asyncio.Task[None]] = []
        self.forget()

    def forget(self) -> None:
        self.arrivals: dict[str, array[float]] = {"sms": array("d"), "telegram": array("d")}
        self.marked: dict[int, float] = {}
        self.chats: dict[str, list[float]] = {}
        self.quiet: dict[str, float] = {}
        self.refused = 0
        self.until = 0.0

    @property
    def taken(self) -> int:
        return sum(map(len, self.arrivals.values()))

    def ask(self, path: str, query: dict[str, str]) -> Any:
        """Answer what a benchmark wants to know."""
        match path:
            case "/arrivals":
                return {line: list(moments) for line, moments in self.arrivals.items()}
            case "/marked":
                return self.marked
            case "/chats":
                return self.chats
            case "/quiet":
                self.quiet[query["line"]] = time.monotonic() + float(query["seconds"])
                return {"at": time.monotonic()}
            case "/report":
                told = (report(self, query["to"]) for _ in range(REPORTERS))
                self.reporters += [asyncio.create_task(one) for one in told]
            case "/forget":
                self.forget()
        return {"taken": self.taken, "refused": self.refused, "until": self.until}

    def take(self, path: bytes, body: bytes) -> bytes:
        """Take one message, or say when to come again."""
        now, line = time.monotonic(), "telegram" if path.startswith(b"/bot") else "sms"
        wait = self.quiet.get(line, 0) - now
        if wait > 0:
            seconds = math.ceil(wait)
            self.refused += 1
            self.until = max(self.until, now + seconds)
            return _too_fast(line, seconds)
        self.arrivals[line].append(now)
        if found := MARKED.search(body):
            self.marked[int(found[1])] = now
        if line == "sms":
            sid = f"SM{self.taken:032x}"
            if self.reporters and (callback := CALLBACK.search(body)):
                self.reports.put_nowait((unquote_plus(callback[1].decode()), sid))
            return answer(CREATED, b'{"sid":"%s","status":"queued"}' % sid.encode())
        if chat := CHAT.search(body):
            self.chats.setdefault(unquote_plus(chat[1].decode()), []).append(now)
        return answer(OK, _message(self.taken, int(unquote_plus(chat[1].decode())) if chat else 0))


def _too_fast(line: str, seconds: int) -> bytes:
    if line == "telegram":
        content = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
        content["parameters"] = {"retry_after": seconds}
        return answer(TOO_FAST, json.dumps(content).encode())
    made = answer(TOO_FAST, b'{"code":20429,"message":"Too Many Requests","status":429}')
    return made.replace(b"\r\n", b"\r\nRetry-After: %d\r\n" % seconds, 1)


def _message(number: int, chat: int) -> bytes:
    what = {"message_id": number, "date": 0, "chat": {"id": chat, "type": "private"}}
    return json.dumps({"ok": True, "result": what}).encode()


async def report(provider: Provider, hook: str) -> None:
    """Tell of one message after the other, over one connection."""
    line = Line()
    await line.open(hook)
    while True:
        callback, sid = await provider.reports.get()
        parts = urlsplit(callback)
        for status in ("sent", "delivered"):
            form = {"AccountSid": ACCOUNT, "From": NUMBER, "MessageSid": sid}
            form["MessageStatus"] = status
            request = posted(f"{parts.path}?{parts.query}", form, signed(callback, form))
            await line.call(request)


class Connection(asyncio.Protocol):
    """HTTP/1.1, kept alive, one request at a time; no more of it than these clients need."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, rest = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        size = int(length[1]) if length else 0
        if not ended or len(rest) < size:
            return
        self._received = rest[size:]
        method, path, _ = head.split(b"\r\n", 1)[0].split(b" ", 2)
        if path.endswith((b"/Messages.json", b"/sendMessage")) and method == b"POST":
            self._later(self._provider.take(path, rest[:size]))
            return
        where, _, query = path.decode().partition("?")
        given = {name: values[0] for name, values in parse_qs(query).items()}
        asked = self._provider.ask(where, given)
        self._write(answer(OK, json.dumps(asked).encode()))

    def _later(self, content: bytes) -> None:
        if self._provider.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(self._provider.latency, self._write, content)
        else:
            self._write(content)

    def _write(self, content: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(content)


async def main(port: int, latency: float) -> None:
    provider = Provider(latency)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(provider), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
