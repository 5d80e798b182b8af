"""The bodies that sit on the forum, their seats, and the sites that the forum looks after."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, ForeignKey, String, Table, select

from storage.base import metadata
from storage.unit_of_work import Reads

bodies = Table(
    "bodies",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
)

seats = Table(
    "seats",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("body_id", String(32), ForeignKey("bodies.id"), nullable=False),
    Column("name", String(200), nullable=False),
)

sites = Table(
    "sites",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("code", String(16), nullable=False, unique=True),  # capitals and digits: KB12
    Column("name", String(200), nullable=False),
    Column("district", String(100), nullable=False),
    Column("mineral", String(50), nullable=False),
)

_LONGEST_CODE = 16


@dataclass(frozen=True, slots=True)
class Body:
    """An authority, association or company that sits on the forum or receives cases."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A place at the forum's table; who sits there is for the forum to say."""

    id: str
    body_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Site:
    """A place where people mine, known by a short code that fits an SMS."""

    id: str
    code: str
    name: str
    district: str
    mineral: str


async def all_bodies(db: Reads) -> list[Body]:
    """Return every body by name."""
    rows = await db.execute(select(bodies).order_by(bodies.c.name))
    return [Body(**row) for row in rows.mappings()]


async def all_seats(db: Reads) -> list[Seat]:
    """Return every seat by name."""
    rows = await db.execute(select(seats).order_by(seats.c.name))
    return [Seat(**row) for row in rows.mappings()]


async def all_sites(db: Reads) -> list[Site]:
    """Return every site by code."""
    rows = await db.execute(select(sites).order_by(sites.c.code))
    return [Site(**row) for row in rows.mappings()]


async def site_by_id(db: Reads, site_id: str) -> Site | None:
    """Return the site with this id."""
    return await _one_site(db, sites.c.id == site_id)


async def site_by_code(db: Reads, text: str) -> Site | None:
    """Return the site whose code somebody typed: kb12, KB-12 and «Kb 12.» are one."""
    code = _code(text)
    if not code or len(code) > _LONGEST_CODE:
        return None
    return await _one_site(db, sites.c.code == code)


async def _one_site(db: Reads, where: ColumnElement[bool]) -> Site | None:
    row = (await db.execute(select(sites).where(where))).mappings().one_or_none()
    return Site(**row) if row else None


def _code(text: str) -> str:
    """Return the letters and digits of *text*, in capitals, the digits of any script as 0 to 9."""
    wide = unicodedata.normalize("NFKC", text).upper()
    return "".join(str(unicodedata.decimal(c, c)) for c in wide if c.isalnum())
