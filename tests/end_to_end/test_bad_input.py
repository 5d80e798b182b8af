"""Whatever people, providers and machines do: no word is lost, no case is doubled, nothing breaks.

The web half, the conversations and the sender are the real ones, in this process; the providers
are real HTTP servers. What single modules do with bad input stands in their own tests, and what
the web answers to odd requests in ``tests/app/test_server.py``.
"""

import asyncio
import resource
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count as counter

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from app import server
from app.reception import Reception
from app.settings import Settings
from app.wiring import House
from bots.runner import Runner
from channels.base import Media
from channels.ledger import State
from channels.ledger import outbox as ledger
from channels.sender import Sender
from channels.sms import SmsChannel
from channels.telegram import TelegramChannel
from forum.attachments import attachments
from grievances.almanac import Almanac
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from storage.engine import connect
from tests.end_to_end.conftest import Installation, SmsPhone, twilio_settings, until
from tests.support.kept import everything_said
from tests.support.loopback import Fault
from tests.support.phone import Phone, runner_on
from vault import codes
from vault import keyring as keys

PUBLIC = "https://baraza.example"
SECRET = "a-quiet-secret"

#: How long our side waits for a provider here; seconds.
IMPATIENCE = 0.4


@dataclass
class Line:
    """A whole house whose clock a test turns, and the two providers that it is connected to."""

    web: TestClient
    house: House
    sender: Sender
    twilio: object
    telegram: object
    passphrase: str
    now: list
    numbers: object = field(default_factory=lambda: counter(1))

    async def posts(self, name, message):
        """Bring *message*, a form or an update, once; return the status."""
        if name == "sms":
            signature = self.twilio.sign(f"{PUBLIC}/hooks/sms", message)
            headers = {"X-Twilio-Signature": signature}
            answer = self.web.post("/hooks/sms", data=message, headers=headers)
        else:
            headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            answer = self.web.post("/hooks/telegram", json=message, headers=headers)
        async with answer as response:
            return response.status

    def message(self, name, text, who):
        if name == "sms":
            return self.twilio.message_form(text, f"+25471100{who:04}")
        return self.telegram.said(text, 7_000_000 + who)

    async def says(self, name, who, *texts):
        """Say one text after the other; return the statuses."""
        return [await self.posts(name, self.message(name, text, who)) for text in texts]

    async def sends(self, rounds=40):
        """Let the sender send until nothing moves any more, without any time passing."""
        for _ in range(rounds):
            self.now[0] += timedelta(seconds=1.1)  # Telegram's second between two messages
            if not await self.sender.step() and not await self.open():
                return

    def waits(self, **time):
        self.now[0] += timedelta(**time)

    def heard(self, name):
        sent = self.twilio.sent if name == "sms" else self.telegram.sent
        return [one.body if name == "sms" else one.text for one in sent]

    async def open(self):
        async with self.house.database.reading() as reads:
            waiting = ledger.c.state.in_([State.PLANNED, State.SUBMITTING])
            due = select(func.count()).select_from(ledger).where(waiting)
            return (
                await reads.execute(due.where(ledger.c.not_before <= self.now[0]))
            ).scalar_one()

    async def states(self):
        async with self.house.database.reading() as reads:
            return list((await reads.execute(select(ledger.c.state))).scalars())

    async def count(self, table=cases):
        async with self.house.database.reading() as reads:
            return (await reads.execute(select(func.count()).select_from(table))).scalar_one()

    async def said(self):
        house = self.house
        return "\n".join(await everything_said(house.database, house.keyring, self.passphrase))


@pytest.fixture
async def line(database, keyring, passphrase, twilio, telegram, tmp_path):
    sms = SmsChannel(
        account_sid=twilio.account,
        auth_tokens=(twilio.token,),
        sender=twilio.number,
        messaging_service_sid="",
        api_url=twilio.url,
        public_url=PUBLIC,
        default_region="KE",
        timeout=aiohttp.ClientTimeout(total=IMPATIENCE),
    )
    chat = TelegramChannel(
        token=telegram.token,
        secret=SECRET,
        api_url=telegram.url,
        public_url=PUBLIC,
        timeout=IMPATIENCE,
    )
    twilio.delivers = False
    channels = {"sms": sms, "telegram": chat}
    settings = Settings(_env_file=None, data_dir=tmp_path, public_url=PUBLIC, simulator=False)
    runner = runner_on(database, keyring)
    house = House(settings, database, keyring, channels, runner, Almanac(PLAIN_WEEK))
    now = [datetime.now(UTC)]
    sender = Sender(
        database,
        keyring,
        channels,
        by="test",
        heed=Reception(house).heed,
        clock=lambda: now[0],
    )
    async with TestClient(TestServer(server.application(house))) as web:
        yield Line(web, house, sender, twilio, telegram, passphrase, now)
    for channel in channels.values():
        await channel.close()
    assert (twilio.violations, telegram.violations) == ([], [])


each_channel = pytest.mark.parametrize("name", ["sms", "telegram"])
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# --- odd texts ---------------------------------------------------------------------------------

WORDS = "the wall fell"

#: What is said -> what must be found of it afterwards; "": there is nothing to keep.
ODD_TEXTS = {
    "": "",
    "   \n\t ": "",
    "\0": "",
    "👍": "",
    "🆘🆘🆘": "",
    "?!": "",
    f"\0{WORDS}\0": WORDS,
    f"{WORDS[:4]}\0{WORDS[4:]}": WORDS,
    f"\x01\x02{WORDS}\x7f\x1b[2J": WORDS,
    f"{WORDS} 🆘": f"{WORDS} 🆘",
    "سقط الجدار في المنجم": "سقط الجدار في المنجم",
    f"\u202e{WORDS}\u202c": WORDS,
    "\u05e7\u05d9\u05e8 \u05e0\u05e4\u05dc": "\u05e7\u05d9\u05e8 \u05e0\u05e4\u05dc",
    "墙倒了": "墙倒了",
    "ukuta\u200bumeanguka": "ukuta\u200bumeanguka",
    f"{WORDS} " + "gold " * 2_000: "gold " * 1_999 + "gold",
    "x" * 10_000: "x" * 10_000,
    "%s {site} %(name)s {{ 7*7 }} <script>": "%s {site} %(name)s {{ 7*7 }} <script>",
    "'; DROP TABLE cases; --": "'; DROP TABLE cases; --",
    "REPORTS of nothing": "REPORTS of nothing",
    "/unknown command": "/unknown command",
    "/": "",
    "12": "",
    "0712 345 678 hit me": "0712 345 678 hit me",
}

#: What was said before, so that the odd text comes at another place of a dialogue.
BEFORE = {
    "first of all": (),
    "known": ("hello", "1"),
    "a story is asked for": ("hello", "1", "REPORT"),
    "a question is asked": ("hello", "1", "REPORT", "it began at night"),
    "a story was kept": ("hello", "1", "it began at night"),
    "a number is asked for": ("hello", "1", "9"),
    "a code is asked for": ("hello", "1", "CHECK"),
}


#: Every place by SMS; in a chat the same engine hears it, so two will do.
PLACES = [("sms", place) for place in BEFORE]
PLACES += [("telegram", place) for place in ("first of all", "a question is asked")]


@on_sqlite
@pytest.mark.parametrize(("name", "place"), PLACES)
async def test_odd_texts_are_taken_and_every_word_is_kept(line, name, place):
    before = BEFORE[place]
    filed = sum("REPORT" in text for text in before)
    for who, text in enumerate(ODD_TEXTS):
        if not text and name == "telegram":
            continue  # Telegram brings no empty text
        statuses = await line.says(name, who, *before, text)
        assert set(statuses) == {200}, text
    said = await line.said()
    missing = [text[:40] for text, kept in ODD_TEXTS.items() if kept and kept not in _plain(said)]
    assert missing == []
    assert await line.count() <= len(ODD_TEXTS) * max(filed, 1)


def _plain(said):
    """Read what a dialogue remembers, which is JSON, as it was said."""
    return said.replace("\\u200b", "\u200b").replace('\\"', '"')


@each_channel
async def test_what_is_odd_is_answered(line, name):
    for who, text in enumerate(("👍", "?!", "\0 .", "سقط الجدار", "x" * 10_000)):
        await line.says(name, who, "hello", "1")
        await line.sends()
        before = len(line.heard(name))
        await line.says(name, who, text)
        await line.sends()
        assert len(line.heard(name)) > before, text


@on_sqlite
async def test_half_a_character_is_no_failure(line):
    update = line.telegram.said(f"{WORDS} \ud83d")
    assert await line.posts("telegram", update) == 200
    assert WORDS in await line.said()


@on_sqlite
async def test_kinds_of_updates_that_nobody_asked_for_change_nothing(line):
    message = line.telegram.message(7001, text=f"REPORT {WORDS}")
    group = {**message, "chat": {"id": -5, "type": "group", "title": "Diggers"}}
    odd = [
        {"edited_message": message},
        {"channel_post": message},
        {"message": group},
        {"message": {**message, "text": None, "dice": {"emoji": "🎲", "value": 3}}},
        {"message_reaction": {"chat": message["chat"], "message_id": 1}},
        {"poll_answer": {"poll_id": "1", "option_ids": [0]}},
        {"kind_of_next_year": {"text": WORDS}},
        {},
    ]
    for number, content in enumerate(odd):
        update = {"update_id": 900 + number, **content}
        assert await line.posts("telegram", update) == 200, content
    assert await line.count() == 0
    assert await line.states() == []


# --- files, whatever stands under them ---------------------------------------------------------

CAPTIONS = (
    *("", "0", "1", "2", "9", "menu", "hello", "STOP", "START", "HELP", "/start", "/help"),
    *("REPORT", "VOICE", "CHECK", "JOIN", "JOIN KB12", "LANGUAGE", "English", "call me back"),
    *("1234-5678-90123-4", "REPORT it fell", WORDS),
)

#: Where a photo could fall between two conversations; the pure engine tries all other places.
STEPS = {
    "first of all": (),
    "a story was kept": ("hello", "1", WORDS),
    "a place is asked for": ("hello", "1", "REPORT", WORDS, "1"),
    "a number is asked for": ("hello", "1", "9"),
    "a code is asked for": ("hello", "1", "CHECK"),
    "a site is asked for": ("hello", "1", "JOIN"),
}


@on_sqlite
@pytest.mark.parametrize("before", STEPS.values(), ids=STEPS.keys())
async def test_a_photo_is_kept_whatever_stands_under_it(database, keyring, now, before):
    runner, lost = runner_on(database, keyring), []
    for number, caption in enumerate(CAPTIONS):
        phone = Phone(runner, database, keyring, now, value=f"+2547110{number:05}")
        for text in before:
            assert await runner.hear(phone.inbound(text), now)
        photo = (Media(f"photo{number}", "photo", "image/jpeg"),)
        assert await runner.hear(phone.inbound(caption, media=photo), now)
        await _falls_silent(runner, now)
        assert await runner.hear(phone.inbound("0"), now)
        async with database.reading() as reads:
            kept = select(func.count()).select_from(attachments)
            if (await reads.execute(kept)).scalar_one() != number + 1 - len(lost):
                lost.append(caption)
    assert lost == []


async def _falls_silent(runner: Runner, now):
    for days in (1, 2, 8):
        while await runner.hear_silence(now + timedelta(days=days, hours=1)):
            pass


# --- wrong codes -------------------------------------------------------------------------------


async def _filed(line, who=500):
    """File a report; return its code."""
    await line.says("sms", who, f"REPORT {WORDS}")
    await line.sends()
    (told,) = [text for text in line.heard("sms") if "Your code is" in text]
    return told.partition("Your code is ")[2][:17]


def _wrong(right, number):
    """Return a whole code with the right one's locator and another secret."""
    return next(
        text
        for last in range(10)
        if codes.read(text := f"{right[:9]}-{number:05}-{last}") and text != right
    )


async def test_of_one_sender_five_wrong_codes_are_judged_in_an_hour(line):
    right = await _filed(line)
    for _ in range(7):
        await line.says("sms", 1, f"CHECK {codes.mint().text}")
    await line.says("sms", 1, f"CHECK {right}")
    await line.sends(60)
    heard = [one.body for one in line.twilio.sent if one.to.endswith("0001")]
    assert sum("does not open anything" in text for text in heard) == 5
    assert sum("Too many wrong codes" in text for text in heard) == 3
    assert not any("We have it" in text for text in heard)


async def test_of_one_case_five_wrong_codes_are_judged_in_an_hour_whoever_sends_them(line):
    right = await _filed(line)
    for number in range(6):
        await line.says("sms", number, f"CHECK {_wrong(right, number)}")
    await line.says("sms", 9, f"CHECK {right}")
    await line.sends(60)
    assert not any("We have it" in text for text in line.heard("sms"))
    assert sum("Too many wrong codes" in text for text in line.heard("sms")) == 2


@on_sqlite
async def test_words_that_came_with_a_wrong_code_are_kept(line):
    await line.says("sms", 1, "hello", "1", "CHECK 1234", WORDS, "0", "menu")
    for _ in range(6):
        await line.says("sms", 2, f"CHECK {codes.mint().text}")
    await line.says("sms", 2, "a second wall", "3", codes.mint().text, "0")
    said = await line.said()
    assert WORDS in said
    assert "a second wall" in said


# --- somebody changes their mind ---------------------------------------------------------------

#: What is said, one after the other -> the cases, and the stories, that it leaves after a while.
CHANGES = {
    ("REPORT", "word-a", "VOICE word-b", "1"): (1, 1),
    ("REPORT word-a", "REPORT word-b"): (2, 0),
    ("REPORT", "word-a", "2", "0", "word-b", "menu", "1", "word-c"): (2, 0),
    ("word-a", "word-b", "2", "word-c", "REPORT word-d"): (1, 1),
    ("word-a", "9", "word-b", "0"): (1, 0),
    ("word-a", "9", "REPORT word-b"): (2, 0),
    ("VOICE", "word-a", "CHECK", "word-b", "0"): (1, 1),
    ("VOICE word-a", "STOP", "START", "HELP", "word-b", "2"): (0, 1),
    ("JOIN", "KB12", "word-a", "1", "1", "1", "1"): (1, 0),
    ("JOIN KB12", "REPORT word-a"): (1, 0),
    ("LANGUAGE", "word-a", "LANGUAGE", "2"): (1, 0),
    ("CHECK", "word-a", "0"): (1, 0),
    ("CHECK", "word-a", "REPORT word-b"): (2, 0),
    ("9", "word-a", "VOICE word-b", "0"): (1, 1),
    ("word-a", "3", "word-b", "VOICE", "word-c"): (1, 1),
    ("REPORT", "word-a", "1", "0", "9", "word-b", "0"): (2, 0),
    ("word-a", "3"): (1, 0),
    ("word-a", "1", "LANGUAGE", "2", "word-b"): (2, 0),
}


@on_sqlite
@pytest.mark.parametrize(("said", "left"), CHANGES.items(), ids=[" > ".join(c) for c in CHANGES])
async def test_who_changes_their_mind_loses_no_word(
    database, keyring, passphrase, now, said, left
):
    runner = runner_on(database, keyring)
    phone = Phone(runner, database, keyring, now)
    for text in ("hello", "1", *said):
        assert await phone.says(text)
    kept = "\n".join(await everything_said(database, keyring, passphrase))
    words = [word for text in said for word in text.split() if word.startswith("word-")]
    assert [kept.count(word) for word in words] == [1] * len(words)
    await _falls_silent(runner, now)
    async with database.reading() as reads:
        reports = (await reads.execute(select(func.count()).select_from(cases))).scalar_one()
    kept = "\n".join(await everything_said(database, keyring, passphrase))
    assert [kept.count(word) for word in words] == [1] * len(words)
    assert reports == left[0]


# --- the same again ----------------------------------------------------------------------------


@each_channel
async def test_a_whole_dialogue_in_which_everything_comes_five_times_at_once(line, name):
    for text in ("hello", "1", "1", WORDS, "1", "0", "1"):
        message = line.message(name, text, 1)
        statuses = await asyncio.gather(*(line.posts(name, message) for _ in range(5)))
        assert statuses == [200] * 5
    await line.sends()
    assert await line.count() == 1
    assert (await line.said()).count(WORDS) == 1
    assert len(line.heard(name)) == len(set(line.heard(name)))


# --- providers ---------------------------------------------------------------------------------

#: What a provider does with a message -> how often it has it, and its state, after an hour.
FAULTS = {
    "400": (Fault(400, code=21211), 0, State.FAILED),
    "429 for three seconds": (Fault(429, retry_after=3), 1, State.ACCEPTED),
    "429": (Fault(429), 1, State.ACCEPTED),
    "500, and it was not taken": (Fault(500), 1, State.ACCEPTED),
    "500, and it was taken": (Fault(500, taken=True), 1, State.ACCEPTED),
    "slow": (Fault(delay=IMPATIENCE / 2), 1, State.ACCEPTED),
    "too slow, and it was taken": (Fault(delay=IMPATIENCE * 2, taken=True), 1, State.ACCEPTED),
    "never, and it was not taken": (Fault(never=True), 1, State.ACCEPTED),
    "never, and it was taken": (Fault(never=True, taken=True), 1, State.ACCEPTED),
    "the connection breaks": (Fault(drop=True), 1, State.ACCEPTED),
    "it breaks, and it was taken": (Fault(drop=True, taken=True), 1, State.ACCEPTED),
    "half an answer": (Fault(garbled=True), 1, State.ACCEPTED),
}

#: Telegram cannot be asked what it took, so what is in doubt is sent once more.
TWICE = {"500, and it was taken", "too slow, and it was taken", "never, and it was taken"}
TWICE |= {"it breaks, and it was taken", "half an answer"}


@each_channel
@pytest.mark.parametrize("what", FAULTS)
async def test_an_answer_reaches_its_reporter_whatever_the_provider_does(line, name, what):
    fault, times, state = FAULTS[what]
    provider = getattr(line, name if name == "telegram" else "twilio")
    await line.says(name, 1, "/help" if name == "telegram" else "MSAADA")
    provider.faults.append(fault)
    await line.sends(4)
    line.waits(seconds=3)
    await line.sends(4)
    for _ in range(4):
        line.waits(minutes=15)
        await line.sends(4)
    if name == "telegram" and what in TWICE:
        times = 2
    assert len(line.heard(name)) == times
    assert await line.states() == [state]


@each_channel
async def test_a_429_is_waited_for_by_everybody_on_the_channel(line, name):
    provider = line.telegram if name == "telegram" else line.twilio
    provider.faults.append(Fault(429, retry_after=60))
    await line.says(name, 1, "/help" if name == "telegram" else "MSAADA")
    await line.sends(2)
    await line.says(name, 2, "/help" if name == "telegram" else "MSAADA")
    await line.sends(5)
    assert line.heard(name) == []
    line.waits(seconds=61)
    await line.sends(5)
    assert len(line.heard(name)) == 2


# --- the machine -------------------------------------------------------------------------------


async def _brings(phone, text, statuses):
    """Bring a message as Twilio does, again and again until it is taken."""
    form = phone.twilio.message_form(text, phone.number)
    while not statuses or statuses[-1] != 200:
        statuses.append(await phone.twilio.post(f"{phone.process.public}/hooks/sms", form))
        await asyncio.sleep(0.2)


async def test_a_full_disk_loses_nothing(twilio, tmp_path):
    home = Installation(tmp_path, twilio_settings(twilio))
    async with home.runs() as process:
        phone = SmsPhone(twilio, process, "+254711000801")
        await phone.says(f"REPORT {WORDS}")
        # Not a page more than now: six that share one commit take little.
        full = (tmp_path / "baraza.db-wal").stat().st_size
        _, hard = resource.prlimit(process.child.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.child.pid, resource.RLIMIT_FSIZE, (full, hard))
        statuses: list[list[int]] = [[] for _ in range(6)]
        bringing = [
            asyncio.create_task(_brings(phone, f"REPORT {'gold ' * 1500} mark-{number}", one))
            for number, one in enumerate(statuses)
        ]
        await until(lambda: all(statuses), "an answer to each")
        assert {status for one in statuses for status in one} <= {200, 503}
        assert _cases_in(tmp_path) < 1 + len(statuses)  # the others wait beside the database
        resource.prlimit(process.child.pid, resource.RLIMIT_FSIZE, (hard, hard))
        await asyncio.gather(*bringing)
        await until(lambda: _cases_in(tmp_path) == 1 + len(statuses), "a case for each")
        assert "254711000801" not in process.err.decode()
    await _each_is_one_case(process, tmp_path, [f"mark-{number}" for number in range(6)])


async def test_a_locked_database_loses_nothing(twilio, tmp_path):
    home = Installation(tmp_path, twilio_settings(twilio))
    async with home.runs() as process:
        phone = SmsPhone(twilio, process, "+254711000802")
        await phone.says(f"REPORT {WORDS}")
        other = sqlite3.connect(tmp_path / "baraza.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        statuses: list[int] = []
        bringing = asyncio.create_task(_brings(phone, "REPORT mark-0", statuses))
        await until(lambda: statuses, "an answer")
        assert statuses[0] == 200  # it waits beside the database
        assert _cases_in(tmp_path) == 1
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{process.url}/sign-in") as page,
        ):
            assert page.status == 200  # whoever only reads is not held up
        other.execute("ROLLBACK")
        other.close()
        await bringing
        await until(lambda: _cases_in(tmp_path) == 2, "a case for it")
    await _each_is_one_case(process, tmp_path, ["mark-0"])


def _cases_in(folder):
    """Return how many cases there are, as somebody sees it who only reads."""
    with closing(sqlite3.connect(folder / "baraza.db")) as reading:
        return reading.execute("SELECT count(*) FROM cases").fetchone()[0]


async def _each_is_one_case(process, folder, marks):
    passphrase = (await process.printed(r"\n\s+(\S+-\S+-\S+)\n")).strip()
    database = connect(f"sqlite:///{folder}/baraza.db", folder)
    said = "\n".join(await everything_said(database, keys.load(folder / "keys"), passphrase))
    async with database.reading() as reads:
        reports = (await reads.execute(select(func.count()).select_from(cases))).scalar_one()
    await database.close()
    assert [said.count(mark) for mark in marks] == [1] * len(marks)
    assert reports == len(marks) + 1
