"""One broadcast to a nation: five languages, three channels, sites from one end of the day to the
other. Killed, paused and resumed on its way; and the count of it, from two sides.

What the providers took, by who got it and when, is one. What the console tells is the other. They
cannot agree by accident.
"""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from channels import contacts, optout
from channels.base import Address
from channels.ledger import State, outbox
from channels.registry import open_channels
from forum.bodies import sites
from forum.members import Role
from outreach import announcements, estimates, progress, runs, steering, subscribers, terms
from outreach.announcements import Words
from outreach.progress import Fate
from outreach.schedules import Schedule
from tests.support import news_process
from tests.support.carrier import Carrier
from tests.support.newsroom import Newsroom
from tests.support.nursery import Nursery
from tests.support.patience import until
from tests.support.telegram_server import TelegramServer

#: The first and the last to see a day, one that changes its clocks, and one that never does.
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "Africa/Nairobi")
OPENS, CLOSES = 8, 20

#: The evening before Berlin's clocks go forward: it is night there and in Nairobi, and day at
#: both ends of the calendar.
EVENING = datetime(2026, 3, 28, 19, 30, tzinfo=UTC)

#: Shortly before 8 h in Berlin, which is 6 h by UTC from that day on, and was 7 h before.
MORNING = datetime(2026, 3, 29, 5, 59, 57, tzinfo=UTC)
BERLIN_OPENS = datetime(2026, 3, 29, 6, 0, tzinfo=UTC)

#: What it says, and how many segments that is, counted by hand: by letters, and by «ê», which no
#: basic alphabet has.
SAID = {
    "en": ("English: the new fee is 10 from Monday.", 1),
    "fr": (
        "Fran\u00e7ais: la f\u00eate est le lundi. " + "x" * 50,
        2,
    ),  # 82 units of UTF-16: 67 each
    "sw": ("Kiswahili: ada mpya ni 10. " + "y" * 150, 2),  # 177 letters: 153 each
    "pt": ("Portugues: a nova taxa vale a partir de segunda.", 1),
    "es": ("Espa\u00f1ol: la nueva tasa vale desde el lunes.", 1),
}
#: People speak one more; they get the base language.
SPOKEN = (*SAID, "ha")
CHANNELS = ("sms", "telegram", "whatsapp")
PRICES = {"sms": 450, "telegram": 0, "whatsapp": 150}

#: Seconds within which something has to come to pass, for each thousand people and besides.
PATIENCE, PATIENCE_A_THOUSAND = 120.0, 60.0

#: How far a life's clock is ahead of the one's before where a dead one's leases must run out.
LEASE_RUNS_OUT = 76.0


class Log(list[Any]):
    """A provider's list of messages, with the moment of each."""

    def __init__(self, clock: Any) -> None:
        super().__init__()
        self.clock, self.at = clock, []

    def append(self, one: Any) -> None:
        self.at.append(self.clock())
        super().append(one)


@dataclass(frozen=True)
class Person:
    channel: str
    value: str
    language: str
    zone: str

    @property
    def told_in(self) -> str:
        return self.language if self.language in SAID else "en"


@dataclass
class Findings:
    """What was counted. From ``twice`` on, what must be nothing."""

    people: int = 0
    got: int = 0
    kills: int = 0
    doubtful: int = 0  # on Telegram, which cannot be asked: left alone rather than sent twice
    stopped: int = 0  # people who had stopped, before or on its way
    seconds: float = 0.0
    estimated: int = 0  # in ten-thousandths
    billed: int = 0
    twice: int = 0
    to_stopped: int = 0
    at_night: int = 0
    while_paused: int = 0
    wrong_words: int = 0
    lost: int = 0
    untrue: dict[str, Any] = field(default_factory=dict)  # where the console tells otherwise

    @property
    def wrong(self) -> dict[str, Any]:
        must = ("twice", "to_stopped", "at_night", "while_paused", "wrong_words", "lost", "untrue")
        return {name: getattr(self, name) for name in must if getattr(self, name)}


class Nation:
    """People, providers, and lives of the process one after the other."""

    def __init__(
        self,
        room: Newsroom,
        carrier: Carrier,
        chats: TelegramServer,
        nursery: Nursery,
        where: dict[str, str],
        size: int,
    ) -> None:
        self.room, self.carrier, self.chats, self.nursery = room, carrier, chats, nursery
        self.database, self.keyring = room.database, room.keyring
        self.where = {**where, "bot": chats.token, "chats": chats.url}
        self.patience = PATIENCE + PATIENCE_A_THOUSAND * size / 1000
        self.ahead = EVENING - datetime.now(UTC)
        self.found = Findings()
        self._lives = 0
        carrier.clock = self.clock
        carrier.sent = Log(self.clock)
        chats.sent = Log(self.clock)
        self.sites = {uuid4().hex: zone for zone in ZONES}
        self.people = [self._person(number) for number in range(size)]
        self.stopped: dict[Person, datetime] = {}
        room.now = self.clock()

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def _person(self, number: int) -> Person:
        channel = CHANNELS[number % 3]
        value = str(10_000_000 + number) if channel == "telegram" else f"+2547{number:08}"
        language, zone = SPOKEN[number // 3 % 6], ZONES[number // 18 % 4]
        return Person(channel, value, language, zone)

    # --- the list --------------------------------------------------------------------------------

    async def subscribe(self) -> None:
        """Put everybody on the list; one in fifty has stopped before."""
        now = self.clock()
        by_zone = {zone: site for site, zone in self.sites.items()}
        async with self.database.transaction() as db:
            rows = [
                {"id": site, "code": f"S{n}", "name": zone, "district": "D", "mineral": "gold"}
                for n, (site, zone) in enumerate(self.sites.items())
            ]
            await db.execute(insert(sites), rows)
        for begin in range(0, len(self.people), 2_000):
            async with self.database.transaction() as db:
                rows = [
                    await self._row(db, one, by_zone[one.zone], now)
                    for one in self.people[begin : begin + 2_000]
                ]
                await db.execute(insert(subscribers.subscribers), rows)
        for one in self.people[7::50]:
            await self.stop(one)

    async def _row(self, db: Any, one: Person, site: str, now: datetime) -> dict[str, Any]:
        address = Address(one.channel, one.value)
        return {
            "id": uuid4().hex,
            "contact": subscribers.contact_of(self.keyring, address),
            "route_id": await contacts.remember(db, self.keyring, address, now),
            "channel": one.channel,
            "language": one.language,
            "site_id": site,
            "state": subscribers.State.ACTIVE,
            "since": now,
        }

    async def stop(self, one: Person) -> None:
        """Let somebody say STOP, as the bot would hear it."""
        address, now = Address(one.channel, one.value), self.clock()
        async with self.database.transaction() as db:
            await subscribers.stop(db, self.keyring, address, now)
            await optout.stop(db, self.keyring, address, now)
        self.stopped[one] = self.clock()

    # --- the broadcast ---------------------------------------------------------------------------

    async def approve(self) -> str:
        """Write it, estimate it, and have a second person approve it."""
        room = self.room
        author, second = await room.member(name="Rehema"), await room.member(name="Joseph")
        lead = await room.member(Role.LEAD, "Lindiwe")
        await room.do(terms.price, PRICES, "USD", by=lead)
        channels = await open_channels(
            news_process.options_of(self.where), self.database, self.keyring
        )
        room.office = news_process.office_of(channels, self.sites)
        for channel in channels.values():
            await channel.close()
        hours = Schedule(opens=OPENS * 60, closes=CLOSES * 60, lasts=72)
        texts = {(0, tag): Words(text) for tag, (text, _) in SAID.items()}
        self.steerer = second
        self.id = await room.write(author, texts, schedule=hours)
        async with self.database.reading() as reads:
            this = await announcements.find(reads, self.id)
            given = {"ways": room.office.ways, "zones": room.office.zones, "now": room.now}
            estimate = await estimates.estimate(reads, this, **given)
        self.found.estimated = estimate.price or 0
        expected = Counter(one.told_in for one in self.people if one not in self.stopped)
        assert estimate.by_language == dict(sorted(expected.items()))
        await room.let_go(self.id, author, second)
        return self.id

    # --- lives -----------------------------------------------------------------------------------

    async def birth(self) -> int:
        self._lives += 1
        if not self.database.embedded:
            self.ahead += timedelta(seconds=LEASE_RUNS_OUT)
        own = {"by": f"life-{self._lives}", "ahead": str(self.ahead.total_seconds())}
        return await self.nursery.birth({**self.where, **own, "sites": self.sites})

    async def kill(self, pid: int) -> None:
        await self.nursery.kill(pid)
        self.found.kills += 1

    @property
    def taken(self) -> int:
        return len(self.carrier.sent) + len(self.chats.sent)

    async def when_taken(self, number: int) -> None:
        await until(lambda: self.taken >= number, self.patience)

    async def at_rest(self) -> None:
        """Wait until all that may leave now has."""
        await until(self._rests, self.patience)

    async def _rests(self) -> bool:
        before = self.taken
        await asyncio.sleep(1.0)
        going = outbox.c.state.in_([State.SUBMITTING, State.UNKNOWN])
        async with self.database.reading() as reads:
            open_ = (await reads.execute(select(outbox.c.seq).where(going).limit(1))).first()
            made = [run.state for run in await runs.of_announcement(reads, self.id)]
        return self.taken == before > 0 and open_ is None and made == [runs.State.GONE]

    async def pause_and_resume(self) -> None:
        """Pause it, count what leaves from two seconds on, and let it go on."""
        await self.room.do(steering.pause, self.id, by=self.steerer, now=self.clock())
        await asyncio.sleep(2.0)
        before = self.taken
        got = {who for who, _, _ in self.log()}
        later = [one for one in self.people if one not in got and one not in self.stopped]
        for one in later[: max(len(self.people) // 100, 1)]:
            await self.stop(one)
        await asyncio.sleep(1.0)
        self.found.while_paused += self.taken - before
        await self.room.do(steering.resume, self.id, by=self.steerer, now=self.clock())

    async def counted(self) -> None:
        """Wait until the console's sums are as new as the ledger."""
        await progress.count(self.database, self.id, self.clock())

    # --- the count of it -------------------------------------------------------------------------

    def log(self) -> list[tuple[tuple[str, str], str, datetime]]:
        """Return who got which words when, as the providers say."""
        found = []
        for one, at in zip(self.carrier.sent, self.carrier.sent.at, strict=True):
            channel = "whatsapp" if one.to.startswith("whatsapp:") else "sms"
            found.append(((channel, one.to.removeprefix("whatsapp:")), one.body, at))
        for one, at in zip(self.chats.sent, self.chats.sent.at, strict=True):
            found.append((("telegram", str(one.chat)), one.text, at))
        by_key = {(one.channel, one.value): one for one in self.people}
        return [(by_key[key], body, at) for key, body, at in found]

    async def findings(self) -> Findings:
        """Count, and compare the two sides."""
        found, log = self.found, self.log()
        got = Counter(who for who, _, _ in log)
        found.people, found.got = len(self.people), len(got)
        found.stopped = len(self.stopped)
        found.twice = got.total() - len(got)
        found.to_stopped = sum(
            who in self.stopped and at > self.stopped[who] + timedelta(seconds=1)
            for who, _, at in log
        )
        found.at_night = sum(not _decent(who.zone, at) for who, _, at in log)
        found.wrong_words = sum(SAID[who.told_in][0] not in body for who, body, _ in log)
        found.billed = sum(_price(who) for who, _, _ in log)
        doubtful = await self._doubtful()
        found.doubtful = sum(doubtful.values())
        missing = [one for one in self.people if one not in got and one not in self.stopped]
        lost = Counter(one.channel for one in missing)
        # Telegram cannot be asked: what was on its way at a death is not sent once more.
        found.lost = sum(lost[name] for name in ("sms", "whatsapp"))
        found.lost += max(lost["telegram"] - doubtful["telegram"], 0)
        await self._compare(log, doubtful)
        return found

    async def _doubtful(self) -> Counter[str]:
        async with self.database.reading() as reads:
            rows = await reads.execute(
                select(outbox.c.channel).where(
                    outbox.c.state == State.FAILED, outbox.c.error == "unknown"
                )
            )
            return Counter(rows.scalars())

    async def _compare(self, log: list[Any], doubtful: Counter[str]) -> None:
        """Compare the console's totals with the providers' log."""
        async with self.database.reading() as reads:
            seen = await progress.read(reads, self.id)
        sent = (Fate.ARRIVED, Fate.SENT)
        ours = Counter[tuple[str, str]]()
        for one in seen.counts:
            if progress.fate_of(one.state) in sent:
                ours[one.channel, one.language] += one.messages
        theirs = Counter((who.channel, who.told_in) for who, _, _ in log)
        # What was on its way to Telegram at a death is «failed», and may have arrived.
        slack = doubtful["telegram"]
        for channel, tag in itertools.product(CHANNELS, SAID):
            more = theirs[channel, tag] - ours[channel, tag]
            if not 0 <= more <= (slack if channel == "telegram" else 0):
                told = (ours[channel, tag], theirs[channel, tag])
                self.found.untrue[f"{channel} {tag}"] = told


def _decent(zone: str, at: datetime) -> bool:
    return OPENS <= at.astimezone(ZoneInfo(zone)).hour < CLOSES


def _price(who: Person) -> int:
    units = SAID[who.told_in][1] if who.channel == "sms" else 1
    return units * PRICES[who.channel]


async def prove(nation: Nation) -> Findings:
    """Let it leave, through three deaths, a pause and a night."""
    began = asyncio.get_running_loop().time()
    await nation.subscribe()
    await nation.approve()
    size = len(nation.people)
    # Killed while its rows are written, and then with messages on their way.
    pid = await nation.birth()
    await until(lambda: _planned(nation), nation.patience)
    await nation.kill(pid)
    pid = await nation.birth()
    await nation.when_taken(size // 10)
    await nation.kill(pid)
    pid = await nation.birth()
    await nation.when_taken(size // 5)
    await nation.pause_and_resume()
    await nation.when_taken(size // 4)
    await nation.kill(pid)
    pid = await nation.birth()
    await nation.at_rest()
    await nation.nursery.kill(pid)
    zones = {who.zone for who, _, _ in nation.log()}
    assert zones == set(ZONES[:2])  # the others sleep
    nation.ahead = MORNING - datetime.now(UTC)
    pid = await nation.birth()
    await until(lambda: len({who.zone for who, _, _ in nation.log()}) == len(ZONES), 120)
    await nation.at_rest()
    await nation.nursery.kill(pid)
    berlin = min(at for who, _, at in nation.log() if who.zone == "Europe/Berlin")
    assert BERLIN_OPENS <= berlin < BERLIN_OPENS + timedelta(hours=1)
    await nation.counted()
    found = await nation.findings()
    found.seconds = round(asyncio.get_running_loop().time() - began, 1)
    return found


async def _planned(nation: Nation) -> bool:
    """Whether some of its rows are written."""
    async with nation.database.reading() as reads:
        return (await reads.execute(select(outbox.c.seq).limit(1))).first() is not None
