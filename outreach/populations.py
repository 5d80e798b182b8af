"""How many people there are at a site who speak a language, as somebody has counted or estimated.

Coverage is a share, and this is what it is a share of. Where nobody has stated it, the list of
subscribers stands in, which says less: who is not on the list is not missed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table, select

from forum import audit, bodies
from locales import languages
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

populations = Table(
    "populations",
    metadata,
    Column("site_id", String(32), ForeignKey("sites.id"), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("people", Integer, nullable=False),
    Column("source", String(200), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("stated_by", String(32), nullable=False),
    Column("stated_at", Instant, nullable=False),
)

#: The largest mining areas have some hundred thousand people.
MOST: Final = 10_000_000
SOURCE_CHARACTERS: Final = 200


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


async def state(db: Transaction, told: Population, *, by: str, now: datetime, today: date) -> None:
    """Keep it, in place of what was stated before; *by*: a member's id. Raises ``Wrong``.

    0 people: nobody there speaks it, and nobody there has to be told in it.
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
    values = {
        "people": told.people,
        "source": told.source,
        "as_of": told.as_of,
        "stated_by": by,
        "stated_at": now,
    }
    key = {"site_id": told.site_id, "language": told.language}
    new = insert(db, populations).values(**key, **values)
    await db.execute(new.on_conflict_do_update(index_elements=[*key], set_=values))
    await audit.record(db, actor=by, act="population.stated", subject=told.site_id, now=now)


async def every(db: Reads) -> Mapping[tuple[str, str], Population]:
    """Return what was stated, by site id and language."""
    of = populations.c
    rows = await db.execute(select(of.site_id, of.language, of.people, of.source, of.as_of))
    return {(row.site_id, row.language): Population(*row) for row in rows}
