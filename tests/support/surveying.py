"""Phones that answer a survey of eight questions as people do, and their own count of it.

Each reads what is on its screen, finds the question by its mark, and answers by chance. Some leave
in the middle, some come back, some in another language, some write nonsense first, and from time
to time the process starts anew. What each of them answered in the end is counted here, by nothing
but what it read and sent.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from sqlalchemy import insert

from bots import dialogues
from bots.conversation import Said
from bots.granting import Granting, Powers, Prepared
from bots.play import Play
from bots.rendering import render
from channels.base import Address, Style
from forum.bodies import sites
from grievances.almanac import Almanac
from grievances.calendars import PLAIN_WEEK
from outreach import survey_building, surveys
from outreach.questionnaire import END, Kind, Mode, Option, Question, Words
from outreach.subscribers import State, subscribers
from outreach.surveys import Survey
from storage.engine import Database
from storage.unit_of_work import Transaction
from vault.codes import Mint
from vault.keyring import Keyring, Purpose

LANGUAGES = ("en", "fr", "sw")
NAMES = {"en": "English", "fr": "Français", "sw": "Kiswahili"}
KEYWORDS = {"en": "SURVEY", "fr": "SONDAGE", "sw": "DODOSO"}
SITES = tuple(f"{n:032x}" for n in range(12))
ROLES = ("digger", "washer", "hauler", "buyer")
GENDERS = ("woman", "man")

#: Turns in one transaction.
AT_ONCE = 200

#: What a number or a day is counted as; what the phones send, and what should come of it.
NUMBERS = {"0": "0", "2": "2", "about 4 bags": "5", "12": "20", "1 200": "more"}
DAYS = {"12 May": "2026-05", "3/4": "2026-04", "2026-01-09": "2026-01"}


def _words(mark: str) -> dict[str, Words]:
    said = {"en": "question", "fr": "question en clair", "sw": "swali"}
    return {tag: Words(f"{mark} {text}?") for tag, text in said.items()}


def _closed(n: int, **ways: str) -> tuple[Option, ...]:
    labels = {code: dict.fromkeys(LANGUAGES, Words(f"Answer {code}")) for code in range(1, n + 1)}
    return tuple(Option(str(code), texts, ways.get(f"to{code}")) for code, texts in labels.items())


#: The eight questions by their marks; whoever answers Q1 with 3 goes on with Q4, and Q7 with 2
#: ends it.
KINDS = (
    ("Q1", Kind.CLOSED),
    ("Q2", Kind.NUMBER),
    ("Q3", Kind.SCALE),
    ("Q4", Kind.DATE),
    ("Q5", Kind.CLOSED),
    ("Q6", Kind.TEXT),
    ("Q7", Kind.CLOSED),
    ("Q8", Kind.SCALE),
)
OPTIONS = {"Q1": 4, "Q3": 5, "Q5": 6, "Q7": 2, "Q8": 5}


async def made(db: Transaction, keyring: Keyring, now: datetime) -> tuple[Survey, dict[str, str]]:
    """Make the survey and open it; return it, and the id of each question by its mark."""
    given = {"by": "system", "now": now}
    begun = await surveys.create(db, mode=Mode.SURVEY, name="Pits", language="en", **given)
    survey = await surveys.get(db, begun)
    ids = {}
    for mark, kind in KINDS:
        offered = _closed(OPTIONS[mark]) if kind is Kind.CLOSED else ()
        question = Question("", 0, kind, _words(mark), offered)
        ids[mark] = await survey_building.add(db, survey, question, **given)
    ways = {"Q1": _closed(4, to3=ids["Q4"]), "Q7": _closed(2, to2=END)}
    asked = await surveys.questionnaire(db, survey)
    for mark, options in ways.items():
        question = replace(asked.question(ids[mark]), options=options)
        await survey_building.change(db, survey, question, **given)
    expires = now + timedelta(days=14)
    await surveys.begin(db, keyring, survey, expires_at=expires, **given)
    return await surveys.get(db, begun), ids


@dataclass
class Caller:
    """One phone, and what its owner answered, by mark."""

    address: Address
    language: str
    profile: tuple[str, str, str]
    dice: Random
    leaves_after: int  # turns; who comes back then has all the time
    comes_back: bool
    screen: str = ""
    turns: int = 0
    begun: str = ""  # the language in which they began
    answers: dict[str, str] = field(default_factory=dict)
    over: bool = False
    finished: bool = False
    away: bool = False

    @property
    def style(self) -> Style:
        return Style.SMS if self.address.channel == "sms" else Style.CHAT

    def says(self, code: str) -> str:
        """Return the next words, and note what they answer."""
        self.turns += 1
        if not self.screen:
            self.begun = self.begun or self.language
            return f"{KEYWORDS[self.language]} {code}"
        marks = [mark for mark, _ in KINDS if f"{mark} " in self.screen]
        if not marks:  # what stands there is the end
            self.over = True
            return ""
        return self._answers(marks[-1])

    def _answers(self, mark: str) -> str:
        kind, chance = dict(KINDS)[mark], self.dice.random()
        if chance < 0.06:
            self.answers[mark] = "skip"
            return "00" if kind is Kind.NUMBER else "0"
        if chance < 0.1 and kind is not Kind.TEXT:
            return "hm hm"  # and if they do so twice, the question is passed over
        if mark in OPTIONS:
            self.answers[mark] = str(self.dice.randint(1, OPTIONS[mark]))
            return self.answers[mark]
        if kind is Kind.TEXT:
            self.answers[mark] = "given"
            return "We want clean water."
        sent = self.dice.choice(list(NUMBERS if kind is Kind.NUMBER else DAYS))
        self.answers[mark] = (NUMBERS if kind is Kind.NUMBER else DAYS)[sent]
        return sent


@dataclass
class Simulation:
    """All phones, the process that they talk with, and the count."""

    database: Database
    keyring: Keyring
    now: datetime
    survey: Survey
    callers: Sequence[Caller]
    powers: Powers
    restarts: int = 0

    def restart(self) -> None:
        """Let another process take over: it has read nothing yet."""
        almanac = Almanac(PLAIN_WEEK)
        self.powers = Powers(self.database, self.keyring, Mint(self.keyring), "KE", almanac)
        self.restarts += 1

    async def run(self, some: Sequence[Caller] | None = None) -> None:
        """Let everybody answer, or *some* of them, until nobody says anything any more."""
        waiting = list(self.callers if some is None else some)
        while waiting:
            for start in range(0, len(waiting), AT_ONCE):
                async with self.database.transaction() as db:
                    for caller in waiting[start : start + AT_ONCE]:
                        await self._turn(db, caller)
            self.restart()
            waiting = [one for one in waiting if not one.over]

    async def _turn(self, db: Transaction, caller: Caller) -> None:
        if caller.turns >= caller.leaves_after and not caller.away:
            caller.away = True
            if not caller.comes_back:
                caller.over = True
                return
            if caller.dice.random() < 0.5:
                caller.language = caller.dice.choice(LANGUAGES)
                await self._hear(db, caller, NAMES[caller.language])
            caller.screen = ""
        said = caller.says(self.survey.code)
        if not caller.over:
            before = self._nonsense(caller, said)
            await self._hear(db, caller, said)
            self._passed_over(caller, before)
            caller.finished = not any(f"{mark} " in caller.screen for mark, _ in KINDS)

    def _nonsense(self, caller: Caller, said: str) -> str:
        """Return the mark of the question that nonsense was said to."""
        if said != "hm hm":
            return ""
        return [mark for mark, _ in KINDS if f"{mark} " in caller.screen][-1]

    def _passed_over(self, caller: Caller, mark: str) -> None:
        """Note that a question went by after the second nonsense: another stands on the screen."""
        if mark and f"{mark} " not in caller.screen:
            caller.answers[mark] = "skip"

    async def _hear(self, db: Transaction, caller: Caller, text: str) -> None:
        contact = await dialogues.load(db, self.keyring, caller.address, self.now)
        contact = replace(contact, language=contact.language or caller.language)
        granting = Granting(
            self.powers,
            db,
            contact,
            caller.address,
            self.now,
            Prepared(),
            language=contact.language,
            style=caller.style,
        )
        play = Play(granting)
        await play.hear(Said(text, contact.language))
        kept = replace(granting.contact, dialogue=play.dialogue)
        await dialogues.save(db, self.keyring, kept, self.now, patience=None, heard_at=self.now)
        caller.screen = "\n".join(
            render(one.line, one.language, caller.style, tag="").text for one in play.lines
        )

    # --- the count ----------------------------------------------------------------------------

    def counted(self, place: int | None = None) -> dict[str, Counter[object]]:
        """Return how often what was answered, by mark; with *place* told apart by the profile.

        *place*: 0 the site, 1 the work, 2 the gender, 3 the language in which they began.
        """
        counts: dict[str, Counter[object]] = {mark: Counter() for mark, _ in KINDS}
        for caller in self.callers:
            known = (*caller.profile, caller.begun)
            for mark, code in caller.answers.items():
                counts[mark][code if place is None else (known[place], code)] += 1
        return counts

    @property
    def started(self) -> int:
        return sum(bool(caller.begun) for caller in self.callers)

    @property
    def turns(self) -> int:
        """How often anybody said anything."""
        return sum(caller.turns for caller in self.callers)

    @property
    def done(self) -> int:
        return sum(caller.finished for caller in self.callers)


async def simulated(
    database: Database, keyring: Keyring, now: datetime, phones: int, seed: int = 7
) -> tuple[Simulation, dict[str, str]]:
    """Make the sites, the survey and *phones* people, two in three of whom hear the news."""
    dice = Random(seed)
    async with database.transaction() as db:
        rows = [
            {"id": site, "code": f"S{n}", "name": f"Site {n}", "district": "D", "mineral": "gold"}
            for n, site in enumerate(SITES)
        ]
        await db.execute(insert(sites), rows)
        survey, ids = await made(db, keyring, now)
        callers = [_caller(n, dice) for n in range(phones)]
        listed = [_subscriber(keyring, one, now) for one in callers if any(one.profile)]
        await db.execute(insert(subscribers), listed)
    powers = Powers(database, keyring, Mint(keyring), "KE", Almanac(PLAIN_WEEK))
    return Simulation(database, keyring, now, survey, callers, powers), ids


def _caller(n: int, dice: Random) -> Caller:
    channel = "sms" if n % 4 else "telegram"
    value = f"+2547{n:08}" if channel == "sms" else str(700_000_000 + n)
    listed = dice.random() < 2 / 3
    profile = (dice.choice(SITES), dice.choice(ROLES), dice.choice(GENDERS))
    leaves = dice.random() < 0.35
    return Caller(
        Address(channel, value),
        dice.choice(LANGUAGES),
        profile if listed else ("", "", ""),
        Random(dice.random()),
        leaves_after=dice.randint(2, 9) if leaves else 10_000,
        comes_back=dice.random() < 0.5,
    )


def _subscriber(keyring: Keyring, caller: Caller, now: datetime) -> dict[str, object]:
    address = caller.address
    site, role, gender = caller.profile
    return {
        "id": uuid4().hex,
        "contact": keyring.pseudonym(Purpose.SUBSCRIBER, address.channel, address.value),
        "route_id": keyring.pseudonym(Purpose.ROUTE, address.channel, address.value),
        "channel": address.channel,
        "language": caller.language,
        "site_id": site,
        "role": role,
        "gender": gender,
        "state": State.ACTIVE,
        "since": now,
    }
