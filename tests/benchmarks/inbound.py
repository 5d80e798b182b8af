"""From a signed webhook to its committed turn, as many as one process can take."""

import asyncio
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha1
from hmac import digest
from pathlib import Path

import aiohttp

from tests.benchmarks.installation import ACCOUNT, NUMBER, TOKEN, baraza
from tests.benchmarks.results import Result
from tests.support.processes import free_port, running

#: People who write at the same time, each waiting for the answer before the next message.
PEOPLE = 32

SECONDS = 10.0

#: What each of them says, over and over: a report, told step by step, and a look at the menu.
SCRIPT = (
    "MENU",
    "1",
    "The tunnel at the river has fallen in and two are hurt",
    "2",
    "3",
    "0",
    "1",
)


def signed(url: str, form: dict[str, str]) -> str:
    """Return Twilio's signature of *form* posted to *url* (docs/usage/security)."""
    payload = url + "".join(key + form[key] for key in sorted(form))
    return b64encode(digest(TOKEN.encode(), payload.encode(), sha1)).decode()


def forms(person: int) -> Iterator[dict[str, str]]:
    """Yield one person's messages without end."""
    count = 0
    while True:
        for text in SCRIPT:
            count += 1
            sid = f"SM{person:016x}{count:016x}"
            yield {
                "AccountSid": ACCOUNT,
                "Body": text,
                "From": f"+1555{person:07d}",
                "MessageSid": sid,
                "NumMedia": "0",
                "To": NUMBER,
            }


async def rate(url: str, public: str) -> float:
    """Post as fast as the server answers; return messages a second."""
    hook, done = f"{url}/hooks/sms", 0
    stop = time.perf_counter() + SECONDS

    async def person(number: int, session: aiohttp.ClientSession) -> None:
        nonlocal done
        for form in forms(number):
            headers = {"X-Twilio-Signature": signed(f"{public}/hooks/sms", form)}
            async with session.post(hook, data=form, headers=headers) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"answered {answer.status}")
            done += 1
            if time.perf_counter() > stop:
                return

    began = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(person(number, session) for number in range(PEOPLE)))
    return done / (time.perf_counter() - began)


async def measure() -> Iterable[Result]:
    """Compare with a bare aiohttp form POST and one durable commit."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = ("-m", "tests.benchmarks.floors", str(port), folder)
        async with running(*command, port=port, path="/healthz", environment={}) as bare:
            floor = await rate(bare.url, bare.url)
        port = free_port()
        stub = ("-m", "tests.benchmarks.provider", str(port), "0")
        async with (
            running(*stub, port=port, path="/taken", environment={}) as provider,
            baraza(Path(folder) / "ours", provider=provider.url) as ours,
        ):
            value = await rate(ours.url, ours.public)
    return [Result("inbound", value, "turns/s", floor)]
