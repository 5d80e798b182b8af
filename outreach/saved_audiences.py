"""Audiences under a name, for all who broadcast. What is kept is the choice, never the people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Column, ForeignKey, String, Table, Text, delete, func, insert, select
from sqlalchemy import update as change_

from forum.members import printable
from outreach.audiences import Audience
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

#: Characters of a name.
NAME_CHARACTERS: Final = 60

#: More are not found again on one page.
MOST: Final = 50

saved = Table(
    "audiences",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(NAME_CHARACTERS), nullable=False, unique=True),
    Column("audience", Text, nullable=False),  # as ``Audience.to_json`` writes it
    Column("by", String(32), ForeignKey("members.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


class Refused(Exception):
    """An audience cannot be kept so."""


class NoName(Refused):
    """Its name is empty or too long."""


class Taken(Refused):
    """There is one of this name already."""


class TooMany(Refused):
    """There are ``MOST`` already."""


@dataclass(frozen=True, slots=True)
class Saved:
    """An audience under its name. *by*: the id of the member who kept it."""

    id: str
    name: str
    audience: Audience
    by: str
    at: datetime


async def every(db: Reads) -> Sequence[Saved]:
    """Return all of them by name."""
    return [_saved(row) for row in await db.execute(select(saved).order_by(saved.c.name))]


async def get(db: Reads, audience_id: str) -> Saved | None:
    """Return one of them."""
    row = (await db.execute(select(saved).where(saved.c.id == audience_id))).one_or_none()
    return _saved(row) if row else None


async def keep(db: Transaction, name: str, audience: Audience, *, by: str, now: datetime) -> str:
    """Keep *audience* under *name*; return its id. Raises one of ``Refused``."""
    name = await _free(db, name)
    if (await db.execute(select(func.count()).select_from(saved))).scalar_one() >= MOST:
        raise TooMany
    audience_id = uuid4().hex
    values = {"id": audience_id, "name": name, "audience": audience.to_json(), "by": by, "at": now}
    await db.execute(insert(saved).values(values))
    return audience_id


async def change(db: Transaction, audience_id: str, audience: Audience) -> None:
    """Let another choice stand under the same name."""
    this = saved.c.id == audience_id
    await db.execute(change_(saved).where(this).values(audience=audience.to_json()))


async def rename(db: Transaction, audience_id: str, name: str) -> None:
    """Call it otherwise. Raises one of ``Refused``."""
    name = await _free(db, name, but=audience_id)
    await db.execute(change_(saved).where(saved.c.id == audience_id).values(name=name))


async def forget(db: Transaction, audience_id: str) -> None:
    """Delete one."""
    await db.execute(delete(saved).where(saved.c.id == audience_id))


async def _free(db: Reads, name: str, but: str = "") -> str:
    name = printable(name).strip()
    if not 0 < len(name) <= NAME_CHARACTERS:
        raise NoName
    same = select(func.count()).where(func.lower(saved.c.name) == name.lower(), saved.c.id != but)
    if (await db.execute(same)).scalar():
        raise Taken
    return name


def _saved(row: Any) -> Saved:
    return Saved(row.id, row.name, Audience.from_json(row.audience), row.by, row.at)
