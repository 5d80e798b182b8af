"""Who wants to hear what became of what they told: a way back, kept for that and nothing else.

Each voice has a route of its own, under a random id, as a case has one: neither the voice nor this
row tells who somebody is. Whoever did not ask for it leaves no way back at all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Select,
    String,
    Table,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import contacts
from channels.base import Address
from channels.contacts import routes
from outreach.subscribers import midnight
from outreach.voice_marks import Kind, having, voice_marks
from outreach.voices import voices
from storage.among import among
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new
from vault.keyring import Keyring

report_back_wishes = Table(
    "report_back_wishes",
    metadata,
    Column("voice_id", String(32), ForeignKey("voices.id"), primary_key=True),
    Column("route_id", String(32), nullable=False, unique=True),
    Column("language", String(16), nullable=False),  # as their contact speaks now: ``speak``
    Column("day", Instant, nullable=False, index=True),  # midnight UTC of the day it was asked
)

#: How long a way back is kept: a forum that meets once a year has met by then.
KEPT_FOR: Final = timedelta(days=400)

#: Up to so many stories their tellers are counted, with one question of the route store; of more
#: the stories are, in the database: a person with two of them is in that number twice.
LOOKED_AT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Subject:
    """What a forum talks about, as voices are filed under it. Not under a tag: tags are for staff.

    *value*: the id of a theme or of a rule change, or how an item of an agenda is called.
    """

    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Wish:
    """One voice whose teller wants to hear what became of it."""

    voice_id: str
    route_id: str
    language: str


@dataclass(frozen=True, slots=True)
class Expected:
    """How many would hear of something, by language: people where *exact*, or at most so many."""

    languages: Mapping[str, int]
    exact: bool = True

    @property
    def people(self) -> int:
        """How many in all languages."""
        return sum(self.languages.values())


async def ask(
    db: Transaction,
    keyring: Keyring,
    voice_id: str,
    address: Address,
    *,
    language: str,
    now: datetime,
) -> None:
    """Keep a way back to whoever told *voice_id*, because they want to hear of it."""
    route_id = uuid4().hex
    await contacts.keep(db, keyring, route_id, address, now)
    row = {"voice_id": voice_id, "route_id": route_id, "language": language, "day": midnight(now)}
    await db.execute(insert_new(db, report_back_wishes), row)


async def speak(db: Transaction, keyring: Keyring, address: Address, language: str) -> None:
    """Let *address* be told in *language* from now on."""
    c = report_back_wishes.c
    theirs = c.route_id.in_(await _routes_to(db, keyring, address))
    await db.execute(update(report_back_wishes).where(theirs).values(language=language))


async def take_back(db: Transaction, keyring: Keyring, address: Address) -> int:
    """Erase every way back to *address*; return how many there were.

    What waits to leave by one of them does not leave: the sender finds no address.
    """
    known = await _routes_to(db, keyring, address)
    return await _erase(db, report_back_wishes.c.route_id.in_(known))


async def purge(db: Transaction, now: datetime) -> int:
    """Erase the ways back that were asked for longer than ``KEPT_FOR`` ago; return how many."""
    return await _erase(db, report_back_wishes.c.day < now - KEPT_FOR)


async def _routes_to(db: Transaction, keyring: Keyring, address: Address) -> Sequence[str]:
    theirs = select(routes.c.id).where(routes.c.contact == contacts.pseudonym(keyring, address))
    return (await (await db.routes()).execute(theirs)).scalars().all()


async def _erase(db: Transaction, which: ColumnElement[bool]) -> int:
    erased = delete(report_back_wishes).where(which).returning(report_back_wishes.c.route_id)
    gone = (await db.execute(erased)).scalars().all()
    for route_id in gone:
        await contacts.forget(db, route_id)
    return len(gone)


async def page(
    db: Reads, subject: Subject, *, before: datetime, after: str = "", limit: int
) -> Sequence[Wish]:
    """Return the wishes of voices that were told, and filed under *subject*, until a moment.

    By their ids.

    *after*: the last voice of the page before.
    """
    c = report_back_wishes.c
    rows = await db.execute(_about(subject, before).where(c.voice_id > after).limit(limit))
    return [_wish(row) for row in rows]


async def expected(
    db: Reads,
    db_of_routes: AsyncConnection,
    subject: Subject,
    *,
    before: datetime,
    known: ColumnElement[bool],
) -> Expected:
    """Return how many would hear of *subject*; who has sent STOP is counted.

    *known*: which voices a member may know of (``voices.known_to``). It takes no key: the route
    store tells which routes lead to one contact, and not to whom.
    """
    listed = _about(subject, before).where(known).limit(LOOKED_AT + 1)
    wishes = [_wish(row) for row in await db.execute(listed)]
    if len(wishes) > LOOKED_AT:
        return Expected(await _stories(db, subject, before, known), exact=False)
    found = await db_of_routes.execute(_CONTACTS, {"ids": [wish.route_id for wish in wishes]})
    people = {row.id: row.contact for row in found}
    languages = {
        people[wish.route_id]: wish.language for wish in wishes if wish.route_id in people
    }
    return Expected(dict(sorted(Counter(languages.values()).items())))


async def _stories(
    db: Reads, subject: Subject, before: datetime, known: ColumnElement[bool]
) -> Mapping[str, int]:
    its = _about(subject, before).where(known).order_by(None).subquery()
    counted = select(its.c.language, func.count().label("stories")).group_by(its.c.language)
    rows = await db.execute(counted.order_by(its.c.language))
    return {row.language: row.stories for row in rows}


_CONTACTS = select(routes.c.id, routes.c.contact).where(among(routes.c.id, "ids"))


def _about(subject: Subject, before: datetime) -> Select[Any]:
    c = report_back_wishes.c
    filed = having(subject.kind, subject.value).where(voice_marks.c.at <= before)
    return (
        select(c.voice_id, c.route_id, c.language)
        .select_from(report_back_wishes.join(voices, voices.c.id == c.voice_id))
        .where(voices.c.id.in_(filed), voices.c.at <= before)
        .order_by(c.voice_id)
    )


def _wish(row: Any) -> Wish:
    return Wish(row.voice_id, row.route_id, row.language)
