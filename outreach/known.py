"""What the list of news keeps of one address, for whoever it belongs to and asks.

Nothing of cases, and nothing of stories: that somebody told one is for nobody at a counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, select

from channels import optout
from channels.base import Address
from forum.bodies import sites
from outreach import learners
from outreach.companions import companions
from outreach.learners import lessons_sent
from outreach.lessons import lesson_series
from outreach.profiles import Profile
from outreach.subscribers import State, contact_of, subscribers
from storage.unit_of_work import Reads
from vault.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who listens there, as they told. *site*: «KB12 · Kobalo Hill»; *place*: its name.

    The rest is of a second person; of the first it stands in ``Entry``.
    """

    site: str | None
    profile: Profile
    told_at: datetime | None = None
    consent_how: str | None = None
    consent_at: datetime | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """The row of a subscriber. *heard_at*, *consent_at*: midnight UTC of a day.

    *consent_how* None: by their own word, from that telephone. *listed*: it came by a file.
    """

    state: State
    since: datetime
    language: str
    cohort: str | None
    heard_at: datetime | None
    consent_how: str | None
    consent_at: datetime | None
    listed: bool
    uncalled: bool


@dataclass(frozen=True, slots=True)
class Learning:
    """One series of lessons: how many were sent, and how many questions answered rightly."""

    series: str
    state: learners.State
    since: datetime
    sent: int
    answered: int
    right: int


@dataclass(frozen=True, slots=True)
class Known:
    """All of it. *entry* None: they are not on the list. *stopped_at*: when they sent STOP."""

    channel: str
    entry: Entry | None
    people: Sequence[Person]
    learning: Sequence[Learning]
    stopped_at: datetime | None

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self.entry or self.learning or self.stopped_at)


async def of(db: Reads, keyring: Keyring, address: Address) -> Known:
    """Return what is kept of *address*."""
    contact = contact_of(keyring, address)
    row = (await db.execute(_AT_SITES.where(subscribers.c.contact == contact))).mappings().first()
    people = [] if row is None else [_person(row), *await _beside(db, row["id"])]
    return Known(
        address.channel,
        None if row is None else _entry(row),
        people,
        await _learning(db, contact),
        await optout.since(db, keyring, address),
    )


_AT_SITES = select(
    subscribers, sites.c.code.label("site_code"), sites.c.name.label("site_name")
).select_from(subscribers.outerjoin(sites, sites.c.id == subscribers.c.site_id))

_OTHERS = select(
    companions, sites.c.code.label("site_code"), sites.c.name.label("site_name")
).select_from(companions.outerjoin(sites, sites.c.id == companions.c.site_id))


def _entry(row: RowMapping) -> Entry:
    return Entry(
        State(row["state"]),
        row["since"],
        row["language"],
        row["cohort"],
        row["heard_at"],
        row["consent_how"],
        row["consent_at"],
        row["import_id"] is not None,
        bool(row["uncalled"]),
    )


def _person(row: RowMapping, **beside: Any) -> Person:
    site = f"{row['site_code']} · {row['site_name']}" if row["site_code"] else None
    return Person(site, Profile.of(row), place=row["site_name"], **beside)


async def _beside(db: Reads, subscriber_id: str) -> list[Person]:
    theirs = _OTHERS.where(companions.c.subscriber_id == subscriber_id)
    found = await db.execute(theirs.order_by(companions.c.told_at, companions.c.id))
    own = ("told_at", "consent_how", "consent_at")
    return [_person(row, **{name: row[name] for name in own}) for row in found.mappings()]


async def _learning(db: Reads, contact: str) -> list[Learning]:
    c, sent = learners.learners.c, lessons_sent.c
    right = sent.verdict == learners.Verdict.RIGHT
    counted = (
        func.count(sent.position),
        func.count(sent.verdict),
        func.count(sent.position).filter(right),
    )
    joined = learners.learners.join(lesson_series, lesson_series.c.id == c.series_id).outerjoin(
        lessons_sent, sent.learner_id == c.id
    )
    listed = select(lesson_series.c.name, c.state, c.since, *counted).select_from(joined)
    listed = listed.where(c.contact == contact).group_by(c.id, lesson_series.c.name)
    found = await db.execute(listed.order_by(c.since, c.id))
    return [_taught(row) for row in found]


def _taught(row: Any) -> Learning:
    name, state, *counted = row
    return Learning(name, learners.State(state), *counted)
