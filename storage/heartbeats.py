"""A loop that lives says so every few seconds; a page and ``/readyz`` look at when."""

from datetime import datetime

from sqlalchemy import Column, String, Table, select

from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("at", Instant, nullable=False),
)


async def beat(db: Transaction, name: str, now: datetime) -> None:
    """Note that the loop *name* is alive at *now*."""
    statement = insert(db, heartbeats).values(name=name, at=now)
    await db.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


async def last(db: Reads, name: str) -> datetime | None:
    """Return when the loop *name* was last alive; None: never."""
    found: datetime | None = (
        await db.execute(select(heartbeats.c.at).where(heartbeats.c.name == name))
    ).scalar()
    return found
