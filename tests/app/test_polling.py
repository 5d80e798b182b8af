import asyncio

import pytest

from app import polling
from app.polling import Polling
from channels.base import Address, Hook, Inbound
from channels.errors import Busy, Malformed
from tests.support.patience import until
from tests.support.scripted_channel import ScriptedChannel

REPORT = "REPORT the guards took our gold"


class Asking(ScriptedChannel):
    """A channel that polls: *rounds* are what each poll brings, or raises."""

    polls = True

    def __init__(self, *rounds):
        super().__init__()
        self.rounds = list(rounds)
        self.announced = []
        self.refusals = []

    async def poll(self):
        if not self.rounds:
            await asyncio.Event().wait()
        now = self.rounds.pop(0)
        if isinstance(now, Exception):
            raise now
        return [Hook("https://baraza.example", {}, words.encode()) for words in now]

    def parse(self, hook):
        if hook.body == b"odd":
            raise Malformed("odd")
        words = hook.body.decode()
        return [Inbound(Address("sms", "+254711000001"), f"SM {words}", words)]

    async def announce(self, commands):
        if self.refusals:
            raise self.refusals.pop(0)
        self.announced.append(commands)


class Desk:
    """Takes what is received; *failures*: how often it cannot at first."""

    def __init__(self, failures=0):
        self.failures = failures
        self.words = []

    async def receive(self, arrival):
        if self.failures:
            self.failures -= 1
            raise OSError("the database is away")
        self.words.append(arrival.text)


@pytest.fixture
def stopping():
    return asyncio.Event()


@pytest.fixture
async def begin(stopping):
    """Begin *work* with an event that ends it; end it at the end."""
    over, tasks = asyncio.Event(), []

    def begun(work, channel):
        tasks.append(asyncio.create_task(work(channel, over)))
        return over

    yield begun
    over.set()
    stopping.set()
    await asyncio.gather(*tasks)


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(polling, "PAUSE", 0.01)


async def test_what_a_poll_brings_is_received_and_what_is_odd_is_passed_over(stopping, begin):
    desk = Desk()
    begin(Polling(desk.receive, stopping).poll, Asking([REPORT, "odd"], ["hello"]))
    await until(lambda: desk.words == [REPORT, "hello"])


async def test_a_poll_that_fails_is_asked_again(stopping, begin, hasty):
    desk = Desk()
    rounds = (Busy("409"), KeyError("a bug"), [REPORT])
    begin(Polling(desk.receive, stopping).poll, Asking(*rounds))
    await until(lambda: desk.words == [REPORT])


async def test_what_was_polled_and_could_not_be_kept_is_not_let_go(stopping, begin, hasty):
    """The next poll would tell the provider that we have it."""
    desk, channel = Desk(failures=3), Asking([REPORT], ["hello"])
    begin(Polling(desk.receive, stopping).poll, channel)
    await until(lambda: desk.words == [REPORT, "hello"])


async def test_a_lost_lease_ends_the_asking_and_not_the_keeping(stopping, begin, hasty):
    """Held again later, we would say that we have what we let go."""
    desk, channel = Desk(failures=5), Asking([REPORT, REPORT], ["never asked for"])
    over = begin(Polling(desk.receive, stopping).poll, channel)
    await until(lambda: not channel.rounds[1:])
    over.set()
    await until(lambda: desk.words == [REPORT, REPORT])
    await asyncio.sleep(0.05)
    assert channel.rounds == [["never asked for"]]


async def test_commands_are_announced_until_the_provider_takes_them(stopping, begin, hasty):
    channel = Asking()
    channel.refusals = [Busy("502"), KeyError("a bug")]
    begin(Polling(Desk().receive, stopping).announce, channel)
    await until(lambda: channel.announced)
    assert {"en", "fr", "sw"} <= set(channel.announced[0])


async def test_what_was_announced_is_not_announced_again_while_the_process_lives(stopping, begin):
    channel = Asking()
    over = begin(Polling(Desk().receive, stopping).announce, channel)
    await until(lambda: channel.announced)
    await asyncio.sleep(0.05)
    assert len(channel.announced) == 1
    assert not over.is_set()
