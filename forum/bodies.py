"""The bodies that sit on the forum, their seats, and the sites that the forum looks after."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from forum import audit
from locales import folded
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

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

#: Who sits on which seat: one seat for a member, and always of the body that they sit for.
seating = Table(
    "seating",
    metadata,
    Column("member_id", String(32), ForeignKey("members.id"), primary_key=True),
    Column("seat_id", String(32), ForeignKey("seats.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
)

sites = Table(
    "sites",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("code", String(16), nullable=False, unique=True),  # capitals and digits: KB12
    Column("name", String(200), nullable=False),
    Column("district", String(100), nullable=False),
    Column("mineral", String(50), nullable=False),
    Column("method", String(16)),  # how is mined there, and the rest: ``forum.sites``
    Column("deposit", String(16)),
    Column("scale", String(16)),
    Column("zone", String(64)),  # an IANA time zone; null: the zone of the forum's calendar
)

#: Characters of a site's code.
LONGEST_CODE = 16

#: Characters of a body's or a seat's name.
LONGEST_NAME = 200


class Taken(Exception):
    """There is one of this name already."""


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
    method: str | None = None
    deposit: str | None = None
    scale: str | None = None
    zone: str | None = None  # IANA; None: the zone of the forum's calendar


async def all_bodies(db: Reads) -> list[Body]:
    """Return every body by name."""
    rows = await db.execute(select(bodies).order_by(bodies.c.name))
    return [Body(**row) for row in rows.mappings()]


async def all_seats(db: Reads) -> list[Seat]:
    """Return every seat by name."""
    rows = await db.execute(select(seats).order_by(seats.c.name))
    return [Seat(**row) for row in rows.mappings()]


async def add_body(db: Transaction, name: str, kind: str, *, by: str, now: datetime) -> str:
    """Add a body and return its id; *by* is a member's id. Raises ``Taken``."""
    await _check_free(db, bodies.c.name, name)
    body_id = uuid4().hex
    await db.execute(insert(bodies).values(id=body_id, name=name, kind=kind))
    await audit.record(db, actor=by, act="body.added", subject=body_id, now=now)
    return body_id


async def change_body(
    db: Transaction, body_id: str, name: str, kind: str, *, by: str, now: datetime
) -> None:
    """Give a body another name, or make it one of another kind. Raises ``Taken``."""
    await _check_free(db, bodies.c.name, name, bodies.c.id != body_id)
    theirs = bodies.c.id == body_id
    await db.execute(update(bodies).where(theirs).values(name=name, kind=kind))
    await audit.record(db, actor=by, act="body.changed", subject=body_id, now=now)


async def add_seat(db: Transaction, body_id: str, name: str, *, by: str, now: datetime) -> str:
    """Add a seat of a body and return its id. Raises ``Taken``."""
    await _check_free(db, seats.c.name, name, seats.c.body_id == body_id)
    seat_id = uuid4().hex
    await db.execute(insert(seats).values(id=seat_id, body_id=body_id, name=name))
    await audit.record(db, actor=by, act="seat.added", subject=seat_id, now=now)
    return seat_id


async def rename_seat(db: Transaction, seat: Seat, name: str, *, by: str, now: datetime) -> None:
    """Give a seat another name. Raises ``Taken``."""
    beside = (seats.c.body_id == seat.body_id) & (seats.c.id != seat.id)
    await _check_free(db, seats.c.name, name, beside)
    await db.execute(update(seats).where(seats.c.id == seat.id).values(name=name))
    await audit.record(db, actor=by, act="seat.changed", subject=seat.id, now=now)


async def _check_free(
    db: Reads, column: Column[str], name: str, *among: ColumnElement[bool]
) -> None:
    same = select(func.count()).where(func.lower(column) == name.lower(), *among)
    if (await db.execute(same)).scalar():
        raise Taken


async def body_by_id(db: Reads, body_id: str) -> Body | None:
    """Return the body with this id."""
    row = (await db.execute(select(bodies).where(bodies.c.id == body_id))).mappings().first()
    return Body(**row) if row else None


async def seat_by_id(db: Reads, seat_id: str) -> Seat | None:
    """Return the seat with this id."""
    row = (await db.execute(select(seats).where(seats.c.id == seat_id))).mappings().first()
    return Seat(**row) if row else None


async def seated(db: Reads) -> Mapping[str, str]:
    """Return the seat's id of each member who sits on one."""
    found = await db.execute(select(seating.c.member_id, seating.c.seat_id))
    return {row.member_id: row.seat_id for row in found}


async def all_sites(db: Reads) -> list[Site]:
    """Return every site by code."""
    rows = await db.execute(select(sites).order_by(sites.c.code))
    return [Site(**row) for row in rows.mappings()]


async def site_by_id(db: Reads, site_id: str) -> Site | None:
    """Return the site with this id."""
    return await _one_site(db, sites.c.id == site_id)


async def sites_by_ids(db: Reads, ids: Collection[str]) -> Mapping[str, Site]:
    """Return those sites by their ids."""
    found = await db.execute(select(sites).where(sites.c.id.in_(ids)))
    return {row["id"]: Site(**row) for row in found.mappings()}


async def site_by_code(db: Reads, text: str) -> Site | None:
    """Return the site whose code somebody typed: kb12, KB-12 and «Kb 12.» are one."""
    code = plain_code(text)
    if not code or len(code) > LONGEST_CODE:
        return None
    return await _one_site(db, sites.c.code == code)


async def site_called(db: Reads, text: str) -> Site | None:
    """Return the site with this code, or else the only one with this name, however it is typed."""
    site = await site_by_code(db, text)
    name = plain_name(text[:_LONGEST_NAME])
    if site is not None or not name:
        return site
    named = [row.id for row in await db.execute(_NAMES) if plain_name(row.name) == name]
    return await site_by_id(db, named[0]) if len(named) == 1 else None


#: Characters of a place that are looked at: no site has a longer name.
_LONGEST_NAME = 200

_NAMES = select(sites.c.id, sites.c.name)


async def _one_site(db: Reads, where: ColumnElement[bool]) -> Site | None:
    row = (await db.execute(select(sites).where(where))).mappings().one_or_none()
    return Site(**row) if row else None


def plain_code(text: str) -> str:
    """Return the letters and digits of *text*, in capitals, the digits of any script as 0 to 9."""
    wide = unicodedata.normalize("NFKC", text).upper()
    return "".join(str(unicodedata.decimal(c, c)) for c in wide if c.isalnum())


def plain_name(text: str) -> str:
    """Return *text* without case, accents, marks and more than one blank, to compare names."""
    letters = "".join(c if c.isalnum() else " " for c in folded(text))
    return " ".join(letters.split())
