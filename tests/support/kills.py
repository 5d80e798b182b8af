"""Kills a whole installation again and again while miners and staff go on, and counts.

The providers stay alive throughout, as they do in life: they bring each message until it is taken,
and they remember what they took from us. Afterwards every word that was said must be one case, and
every answer must have arrived once.
"""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from sqlalchemy import func, select, update

from channels.ledger import OPEN, State
from channels.ledger import outbox as ledger
from forum import keyholders, members
from forum.key_shares import key_shares
from grievances import entries
from grievances.case import cases
from grievances.followups import Kind, followups
from storage.base import EPOCH
from storage.engine import Database
from tests.end_to_end.conftest import LINK, Installation
from tests.support.processes import Process, spawn
from tests.support.staff import PASSWORD, Staff
from tests.support.telegram_server import TelegramServer
from tests.support.twilio_server import TwilioServer
from vault.keyring import Keyring

EMAIL = "amina@example.org"
CODE = re.compile(r"\d{4}-\d{4}-\d{5}-\d")
NEWS = re.compile(r"You have news|Una habari mpya")
UNKNOWN = re.compile(r"unknown=(\d+)|\"unknown\": (\d+)")

#: What goes wrong at a provider's or at a browser's end when the process is gone.
GONE = (aiohttp.ClientError, OSError, TimeoutError, AssertionError)

#: Seconds between two people who write, and how many of them report.
BETWEEN = 0.25
REPORTS_ONCE_IN = 6

#: Seconds after which everything must have come to rest. A dead sender's leases run for 60 s
#: where another one might live, and Twilio takes ten segments a second.
REST_WITHIN = 240.0

#: How long an answer of a provider takes, and a receipt after it, in seconds: long enough that
#: some message is on its way at any time.
LATENCY = 0.4
RECEIPT_AFTER = 0.5


@dataclass
class Counts:
    """What a soak did, and from ``lost`` on what must be nothing."""

    runs: int = 0
    killed_before_ready: int = 0
    reports: int = 0
    questions: int = 0  # calls for help, which are answered and not kept
    attempts: int = 0  # how often the providers brought them
    answers: int = 0  # that staff wrote
    sent: int = 0  # messages that the providers took
    doubts: int = 0  # messages of which a dead sender had not said whether they had left
    resends: int = 0  # of those, sent once more
    twice_in_a_chat: int = 0  # Telegram knows no id of ours, and cannot be asked
    seconds: float = 0.0
    lost: int = 0  # reports
    doubled: int = 0  # reports
    silent: int = 0  # people who did not hear all of their answers
    twice_by_sms: int = 0
    twice_without_doubt: int = 0  # in a chat

    @property
    def wrong(self) -> dict[str, int]:
        """What should be nothing, and is not."""
        must = ("lost", "doubled", "silent", "twice_by_sms", "twice_without_doubt")
        return {name: value for name, value in asdict(self).items() if name in must and value}

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in asdict(self).items())


@dataclass
class Kills:
    """One installation, everybody who uses it, and somebody who kills it."""

    home: Installation
    database: Callable[[], tuple[Database, Keyring]]
    twilio: TwilioServer
    telegram: TelegramServer
    seed: int = 7
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._phones: dict[str, str] = {}  # who said what
        self._chats: dict[int, str] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._asking: set[str] = set()
        self._answered: set[str] = set()
        self._pausing = False
        self._secret = "a-quiet-secret"
        self._public = f"http://127.0.0.1:{self.home.port}"
        self.twilio.latency = self.telegram.latency = LATENCY
        self.twilio.receipt_after = RECEIPT_AFTER
        self.home.settings |= {"public_url": self._public}

    # --- the whole of it ----------------------------------------------------------------------

    async def soak(self, runs: int, *, longest: float = 4.0) -> Counts:
        """Kill the process *runs* times, each within *longest* seconds; then count."""
        began = time.monotonic()
        async with Staff(self._public) as staff:
            await self._move_in(staff)
            for work in (self._miners(), self._courier(), self._staff(staff)):
                self._later(work)
            for number in range(runs):
                await self._run(number, longest)
            await self._come_to_rest()
        self.counts.seconds = round(time.monotonic() - began, 1)
        return self.counts

    async def _move_in(self, staff: Staff) -> None:
        async with self._process(webhook=False) as process:
            await process.answers("/readyz")
            await staff.joins(await process.printed(LINK.pattern), email=EMAIL)

    async def _run(self, number: int, longest: float) -> None:
        """Start it, let it live for a while, and kill it at a point that nobody chose."""
        async with self._process(webhook=number % 2 == 0) as process:
            ready = asyncio.create_task(process.answers("/readyz"))
            if number % 7:  # now and then it dies while it starts
                await ready
            await asyncio.sleep(self._dice.uniform(0.05, longest))
            self.counts.killed_before_ready += not ready.done()
            await process.kill()
            ready.cancel()
            await asyncio.gather(ready, return_exceptions=True)
            self._note_doubts(process)
        self.counts.runs += 1

    def _process(self, *, webhook: bool) -> "_Alive":
        settings = {
            "twilio_account_sid": self.twilio.account,
            "twilio_auth_token": self.twilio.token,
            "twilio_from": self.twilio.number,
            "twilio_api_url": self.twilio.url,
            "telegram_token": self.telegram.token,
            "telegram_api_url": self.telegram.url,
            "telegram_webhook_secret": self._secret if webhook else "",
        }
        self.home.settings |= settings
        return _Alive(self.home)

    def _note_doubts(self, process: Process) -> None:
        for found in UNKNOWN.findall(process.err.decode()):
            self.counts.doubts += sum(map(int, filter(None, found)))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- traffic ------------------------------------------------------------------------------

    async def _miners(self) -> None:
        """Let somebody new write by SMS and in a chat, some with a report, most with a question.

        A report costs a receipt code, which is slow to make on purpose.
        """
        for number in range(10**6):
            if self._pausing:
                return
            phone, chat = f"+2547{number:08}", 70_000_000 + number
            if number % REPORTS_ONCE_IN == 0:
                self._phones[phone], self._chats[chat] = f"SMS {number}", f"chat {number}"
                self._says(phone, chat, f"REPORT SMS {number}", f"/report chat {number}")
            else:
                self._asking |= {phone, str(chat)}
                self._says(phone, chat, "MSAADA", "/help")  # HELP is answered by Twilio itself
            await asyncio.sleep(BETWEEN)

    def _says(self, phone: str, chat: int, text: str, typed: str) -> None:
        self._later(self._bring(self.twilio.message_form(text, phone)))
        self.telegram.updates.append(self.telegram.said(typed, chat))
        self.telegram._news.set()

    async def _bring(self, form: dict[str, str]) -> None:
        while await self._knocks(self.twilio.post(f"{self._public}/hooks/sms", form)) != 200:
            await asyncio.sleep(0.3)

    async def _courier(self) -> None:
        """Bring updates to the webhook, while there is one; else they wait to be fetched."""
        while True:
            hook, waiting = self.telegram.webhook, self.telegram.updates[:1]
            if not (hook and waiting):
                await asyncio.sleep(0.05)
                continue
            posted = self.telegram.post(hook["url"], waiting[0], hook["secret_token"])
            taken = await self._knocks(posted) == 200
            if taken and waiting[0] in self.telegram.updates:
                self.telegram.updates.remove(waiting[0])
            elif not taken:
                await asyncio.sleep(0.3)

    async def _knocks(self, posted: Awaitable[int]) -> int:
        self.counts.attempts += 1
        try:
            return await posted
        except GONE:
            return 0

    async def _staff(self, staff: Staff) -> None:
        """Answer the most urgent case that has no answer yet, about once a second."""
        while not self._pausing:
            await asyncio.sleep(0.3)
            try:
                for reference in await staff.references():
                    if reference not in self._answered:
                        await self._answer(staff, reference)
                        break
            except GONE:
                continue

    async def _answer(self, staff: Staff, reference: str) -> None:
        """Send one form until somebody says that it has come: it may have come before."""
        path = f"/cases/{reference}"
        await staff.opens(path)
        page = staff.page
        self._answered.add(reference)
        while True:
            staff.page = page
            try:
                await staff.sends(f"{path}/answer", answer=f"answer to {reference}")
            except GONE:
                await asyncio.sleep(0.1)
            else:
                return

    # --- quiet --------------------------------------------------------------------------------

    async def _come_to_rest(self) -> None:
        self._pausing = True
        self.twilio.latency = self.telegram.latency = 0.0
        async with self._process(webhook=True) as process:
            await process.answers("/readyz")
            database, keyring = self.database()
            try:
                async with asyncio.timeout(REST_WITHIN):
                    while len(self._tasks) > 1 or self.telegram.updates:  # the courier goes on
                        await asyncio.sleep(0.2)
                    while await self._waits(database):
                        await asyncio.sleep(0.5)
                await self._count(database, keyring)
            finally:
                await database.close()
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                self._note_doubts(process)

    async def _waits(self, database: Database) -> bool:
        """Whether a message has not left, or is in doubt.

        What is in doubt would wait two minutes for a late receipt; its clock is put forward
        instead, as the rows of a follow-up are in other tests.
        """
        async with database.transaction() as db:
            await db.execute(
                update(ledger)
                .where(ledger.c.state == State.UNKNOWN, ledger.c.lease_until.is_(None))
                .values(moved_at=EPOCH)
            )
        async with database.reading() as reads:
            open_ = ledger.c.state.in_([*sorted(OPEN), State.UNKNOWN])
            untold = (followups.c.kind == Kind.ANSWER) & followups.c.done_at.is_(None)
            waiting = (
                select(func.count()).select_from(table).where(condition)
                for table, condition in ((ledger, open_), (followups, untold))
            )
            return any([(await reads.execute(one)).scalar_one() for one in waiting])

    # --- what came of it ----------------------------------------------------------------------

    async def _count(self, database: Database, keyring: Keyring) -> None:
        counts = self.counts
        said = Counter([*self._phones.values(), *self._chats.values()])
        kept = await self._stories(database, keyring)
        counts.reports, counts.answers = len(said), len(self._answered)
        counts.questions = len(self._asking)
        counts.lost = (said - kept).total()
        counts.doubled = (kept - said).total()
        counts.sent = len(self.twilio.sent) + len(self.telegram.sent)
        async with database.reading() as reads:
            resent = select(ledger.c.resends).where(ledger.c.resends > 0)
            counts.resends = sum((await reads.execute(resent)).scalars())
        await self._count_answers(database)

    async def _stories(self, database: Database, keyring: Keyring) -> Counter[str]:
        """Open every case with the secretary's own key."""
        async with database.reading() as db:
            member = await members.by_email(db, EMAIL)
            assert member is not None
            private = members.open_private(member, PASSWORD, keyring.cost)
            subjects = list((await db.execute(select(key_shares.c.subject).distinct())).scalars())
            opened = await keyholders.open_many(db, subjects, member.id, private)
            threads = [await entries.read(db, one, key) for one, key in opened.items()]
            told = (await db.execute(select(func.count()).select_from(cases))).scalar_one()
        assert len(threads) == told
        return Counter(
            entry.text or ""
            for thread in threads
            for entry in thread
            if entry.author == "reporter"
        )

    async def _count_answers(self, database: Database) -> None:
        counts = self.counts
        by_sms = [(one.to, one.body) for one in self.twilio.sent]
        in_chats = [(str(one.chat), one.text) for one in self.telegram.sent]
        ids = Counter(parse_qs(urlsplit(one.callback).query)["m"][0] for one in self.twilio.sent)
        counts.twice_by_sms = _repeats(ids) or _repeats(Counter(by_sms))
        counts.twice_in_a_chat = _repeats(Counter(in_chats))
        async with database.reading() as db:
            doubtful = select(func.sum(ledger.c.resends)).where(ledger.c.channel == "telegram")
            excused = (await db.execute(doubtful)).scalar_one() or 0
        counts.twice_without_doubt = max(counts.twice_in_a_chat - excused, 0)
        heard = Counter(to for to, _ in {*by_sms, *in_chats})
        told = {to for to, text in (*by_sms, *in_chats) if CODE.search(text)}
        reporters = {*self._phones, *map(str, self._chats)}
        news = {to for to, text in (*by_sms, *in_chats) if NEWS.search(text)}
        counts.silent = len(reporters - told) + len(self._asking - set(heard))
        counts.silent += max(len(self._answered) - len(news), 0)


def _repeats(counted: Counter[Any]) -> int:
    return sum(number - 1 for number in counted.values())


class _Alive:
    """``async with _Alive(home) as process``: spawned, not yet ready, and gone at the end."""

    def __init__(self, home: Installation) -> None:
        self._home = home

    async def __aenter__(self) -> Process:
        self._process = await spawn(
            "-m", "app", "run", port=self._home.port, environment=self._home.environment
        )
        return self._process

    async def __aexit__(self, *_: object) -> None:
        await self._process.stop()
