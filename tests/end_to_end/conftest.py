"""A whole installation in its own process, with providers that are real HTTP servers."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.processes import Process, environment, free_port, running
from tests.support.staff import Staff
from tests.support.telegram_server import Sent, TelegramServer
from tests.support.twilio_server import TwilioServer

#: These take minutes each; the others start a process for some seconds.
LONG = frozenset({"test_canary.py", "test_kill.py"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let at most two of these tests run at a time: what they start wants the cores for itself."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            group = "long" if item.path.name in LONG else "processes"
            item.add_marker(pytest.mark.xdist_group(group))


LINK = re.compile(r"(http://[\w.]+:\d+/welcome/\S+)")

#: Seconds for which something may take to happen in another, busy process.
PATIENCE = 60.0

#: Seconds after which a phone that was silent has heard the whole of an answer: an answer may be
#: two messages, and Telegram wants a second between them.
QUIET = {"sms": 0.5, "telegram": 1.5}


async def until(true: Callable[[], object], what: str = "", *, patience: float = PATIENCE) -> None:
    """Wait until *true* is."""
    try:
        async with asyncio.timeout(patience):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"it never came: {what}") from None


async def quiet(heard: Callable[[], int], seconds: float) -> None:
    """Wait until *heard* has not grown for so many seconds."""
    before = -1
    while heard() > before:
        before = heard()
        await asyncio.sleep(seconds)


@dataclass
class Installation:
    """One ``data_dir`` and database, which outlives its processes."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.folder, self.port, **self.settings)

    @asynccontextmanager
    async def runs(self, *options: str) -> AsyncIterator[Process]:
        """Run it until the end of the block."""
        command = ("-m", "app", "run", *options)
        async with running(
            *command, port=self.port, path="/readyz", environment=self.environment
        ) as process:
            process.public = self.settings.get("public_url", process.public)
            try:
                yield process
            except BaseException:
                print(process.err.decode())  # pytest shows it beside the failure
                raise

    @asynccontextmanager
    async def staffed(self, process: Process) -> AsyncIterator[Staff]:
        """Let the first secretary in, by the link that was printed."""
        link = await process.printed(LINK.pattern)
        async with Staff(process.public) as staff:
            await staff.joins(link)
            yield staff


@dataclass
class SmsPhone:
    """A phone on the network that Twilio serves."""

    twilio: TwilioServer
    process: Process
    number: str

    @property
    def heard(self) -> list[str]:
        return [message.body for message in self.twilio.sent if message.to == self.number]

    async def says(self, *texts: str) -> str:
        """Say one text after the other; return the last answer to the last of them."""
        for text in texts:
            before = len(self.heard)
            await self.tells(text)
            await until(lambda before=before: len(self.heard) > before, f"an answer to {text!r}")
        await quiet(lambda: len(self.heard), QUIET["sms"])
        return self.heard[-1]

    async def tells(self, *texts: str, **fields: str) -> None:
        """Say one text after the other, and listen to no answer; *fields*: more of the hook."""
        for text in texts:
            hook = f"{self.process.public}/hooks/sms"
            assert await self.twilio.inbound(hook, text, self.number, **fields) == 200

    async def hears(self, pattern: str) -> re.Match[str]:
        """Wait for a message that matches."""
        await until(lambda: any(re.search(pattern, text) for text in self.heard), pattern)
        return next(found for text in self.heard if (found := re.search(pattern, text)))


@dataclass
class ChatPhone:
    """Somebody's chat with the bot."""

    telegram: TelegramServer
    chat: int

    @property
    def heard(self) -> list[Sent]:
        return [message for message in self.telegram.sent if message.chat == self.chat]

    async def says(self, *texts: str) -> Sent:
        """Say one text after the other; return the last answer to the last of them."""
        for text in texts:
            await self._does(self.telegram.said(text, self.chat), text)
        await quiet(lambda: len(self.heard), QUIET["telegram"])
        return self.heard[-1]

    async def tells(self, *texts: str) -> None:
        """Say one text after the other, and listen to no answer."""
        for text in texts:
            assert await self.telegram.deliver(self.telegram.said(text, self.chat)) in {None, 200}

    async def presses(self, *labels: str) -> Sent:
        """Press the buttons with these labels, each as soon as it is offered."""
        for label in labels:
            await until(lambda label=label: label in self.buttons, f"the button {label}")
            await self._does(self.telegram.pressed(self.buttons[label], self.chat), label)
        await quiet(lambda: len(self.heard), QUIET["telegram"])
        return self.heard[-1]

    @property
    def buttons(self) -> dict[str, str]:
        """The newest buttons: label and what they send."""
        newest = next((one.buttons for one in reversed(self.heard) if one.buttons), ())
        return {label: data for row in newest for label, data in row}

    async def sends(self, **content: object) -> Sent:
        """Send something that is no text."""
        message = self.telegram.message(self.chat, **content)
        await self._does(self.telegram.update(message=message), "a file")
        return self.heard[-1]

    async def _does(self, update: dict[str, object], what: str) -> None:
        before = len(self.heard)
        assert await self.telegram.deliver(update) in {None, 200}
        await until(lambda: len(self.heard) > before, f"an answer to {what!r}")

    async def hears(self, pattern: str, *, patience: float = PATIENCE) -> Sent:
        """Wait for a message that matches."""
        await until(
            lambda: any(re.search(pattern, one.text) for one in self.heard),
            pattern,
            patience=patience,
        )
        return next(one for one in self.heard if re.search(pattern, one.text))


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


def telegram_settings(telegram: TelegramServer, secret: str = "") -> dict[str, str]:
    return {
        "telegram_token": telegram.token,
        "telegram_api_url": telegram.url,
        **({"telegram_webhook_secret": secret} if secret else {}),
    }


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioServer]:
    async with TwilioServer(delivers=True) as server:
        yield server


def twilio_settings(twilio: TwilioServer) -> dict[str, str]:
    return {
        "twilio_account_sid": twilio.account,
        "twilio_auth_token": twilio.token,
        "twilio_from": twilio.number,
        "twilio_api_url": twilio.url,
    }
