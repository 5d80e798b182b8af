"""Recordings that are played to people: their bytes, once, however often they are sent.

They are a forum's own words for everybody, so nothing here is sealed. What a chat's provider calls
a recording that it has is kept beside it, and the bytes travel there once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Column, Integer, LargeBinary, String, Table, delete, insert, select, update

from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

sounds = Table(
    "sounds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("mime", String(32), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # bytes
    Column("content", LargeBinary, nullable=False),
    Column("known_as", String(255)),  # by the provider of a chat; null: it has it not
    Column("made_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, repr=False)
class Sound:
    """A recording. *content* is empty where its provider has it and knows it by a name."""

    id: str
    mime: str
    seconds: int
    known_as: str | None
    content: bytes


async def keep(db: Transaction, mime: str, seconds: int, content: bytes, now: datetime) -> str:
    """Keep a recording and return its id, which is never used again for another."""
    sound_id = uuid4().hex
    row = {"id": sound_id, "mime": mime, "seconds": seconds, "size": len(content)}
    await db.execute(insert(sounds).values(**row, content=content, made_at=now))
    return sound_id


async def get(db: Reads, sound_id: str, *, whole: bool = True) -> Sound | None:
    """Return a recording; None: it was taken away.

    *whole* False: its bytes only where no provider has them.
    """
    told = (sounds.c.id, sounds.c.mime, sounds.c.seconds, sounds.c.known_as)
    found = await db.execute(select(*told).where(sounds.c.id == sound_id))
    row = found.one_or_none()
    if row is None:
        return None
    content = b""
    if whole or row.known_as is None:
        bytes_of = select(sounds.c.content).where(sounds.c.id == sound_id)
        content = (await db.execute(bytes_of)).scalar_one()
    return Sound(row.id, row.mime, row.seconds, row.known_as, content)


async def there(db: Reads, ids: Collection[str]) -> frozenset[str]:
    """Return those of *ids* that were not taken away."""
    return frozenset((await db.execute(select(sounds.c.id).where(sounds.c.id.in_(ids)))).scalars())


async def name(db: Transaction, sound_id: str, known_as: str | None) -> None:
    """Remember what its provider calls a recording; None: the provider knows it no more."""
    await db.execute(update(sounds).where(sounds.c.id == sound_id).values(known_as=known_as))


async def forget(db: Transaction, ids: Collection[str]) -> None:
    """Erase recordings that nobody plays any more."""
    await db.execute(delete(sounds).where(sounds.c.id.in_(ids)))
