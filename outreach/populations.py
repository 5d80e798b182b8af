"""How many people there are at a site who speak a language, as somebody has counted or estimated.

Coverage is a share, and this is what it is a share of. It counts once a second person has
confirmed it (``vouching``). Where nobody has stated it, the list of subscribers stands in, which
says less: who is not on the list is not missed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from forum import audit, bodies
from forum.members import Member
from locales import languages
from outreach import vouching
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

#: Statements, the newest last. Once confirmed, one takes the place of what was stated before.
populations = Table(
    "populations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", String(32), ForeignKey("sites.id"), nullable=False),
    Column("language", String(16), nullable=False),
    Column("people", Integer, nullable=False),
    Column("source", String(200), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("stated_by", String(32), nullable=False),
    Column("stated_at", Instant, nullable=False),
    Column("confirmed_by", String(32)),
    Column("confirmed_at", Instant),  # null: it waits for a second person
    Index("ix_populations_site_id", "site_id", "language"),
)

#: The largest mining areas have some hundred thousand people.
MOST: Final = 10_000_000
SOURCE_CHARACTERS: Final = 200


class Changed(Exception):
    """It waits no more."""


class Wrong(Exception):
    """What was stated makes no sense: the names of the fields that are wrong."""

    def __init__(self, fields: frozenset[str]) -> None:
        super().__init__(*sorted(fields))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Population:
    """So many *people* at a site speak a language. *source*: who found that out, and how."""

    site_id: str
    language: str
    people: int
    source: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody stated, and nobody has confirmed yet."""

    id: int
    told: Population
    stated_by: str
    stated_at: datetime


async def state(db: Transaction, told: Population, *, by: str, now: datetime, today: date) -> None:
    """Keep it, to count in place of what was stated before once somebody else has confirmed it.

    *by*: a member's id. Raises ``Wrong``. 0 people: nobody there speaks it, and nobody there has
    to be told in it.
    """
    wrong = set()
    if await bodies.site_by_id(db, told.site_id) is None:
        wrong.add("site")
    if told.language not in languages():
        wrong.add("language")
    if not 0 <= told.people <= MOST:
        wrong.add("people")
    if not 0 < len(told.source) <= SOURCE_CHARACTERS:
        wrong.add("source")
    if told.as_of > today:
        wrong.add("as_of")
    if wrong:
        raise Wrong(frozenset(wrong))
    values = {name: getattr(told, name) for name in _TOLD}
    await db.execute(insert(populations).values(**values, stated_by=by, stated_at=now))
    await audit.record(db, actor=by, act="population.stated", subject=told.site_id, now=now)


async def confirm(db: Transaction, statement: int, *, by: Member, now: datetime) -> None:
    """Let a statement count, as its second person.

    Raises ``Barred``, and ``Changed`` where it waits no more: it counts, or another was made.
    """
    one = next((one for one in await waiting(db) if one.id == statement), None)
    if one is None:
        raise Changed
    await vouching.check(db, by, author=one.stated_by, since=one.stated_at)
    its = (populations.c.id == statement) & populations.c.confirmed_at.is_(None)
    values = {"confirmed_by": by.id, "confirmed_at": now}
    confirmed = await db.execute(update(populations).where(its).values(values))
    if confirmed.rowcount != 1:
        raise Changed
    subject = one.told.site_id
    await audit.record(db, actor=by.id, act="population.confirmed", subject=subject, now=now)


async def every(db: Reads) -> Mapping[tuple[str, str], Population]:
    """Return what was stated last and confirmed, by site id and language."""
    of = populations.c
    found = select(*_SHOWN).where(of.confirmed_at.is_not(None)).order_by(of.id)
    rows = (await db.execute(found)).mappings()
    return {(row["site_id"], row["language"]): Population(**row) for row in rows}


async def moved_at(db: Reads, sites: Collection[str]) -> datetime | None:
    """Return when a statement of one of *sites* came to count last; None: none ever did."""
    of = populations.c
    newest = select(func.max(of.confirmed_at)).where(of.site_id.in_(sites))
    found: datetime | None = (await db.execute(newest)).scalar_one()
    return found


async def waiting(db: Reads) -> Sequence[Statement]:
    """Return what waits for a second person: of each site and language only what is newest."""
    of = populations.c
    newest = select(func.max(of.id)).group_by(of.site_id, of.language)
    found = (
        select(*_SHOWN, of.id, of.stated_by, of.stated_at)
        .where(of.id.in_(newest), of.confirmed_at.is_(None))
        .order_by(of.id)
    )
    rows = (await db.execute(found)).mappings()
    return [
        Statement(
            row["id"],
            Population(**{name: row[name] for name in _TOLD}),
            row["stated_by"],
            row["stated_at"],
        )
        for row in rows
    ]


_TOLD: Final = tuple(Population.__dataclass_fields__)
_SHOWN: Final = tuple(populations.c[name] for name in _TOLD)
