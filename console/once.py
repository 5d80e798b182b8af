"""A form that counts once, however often its button is pressed."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Column, String, Table, delete

from storage.base import Instant, metadata
from storage.unit_of_work import Transaction
from storage.upsert import insert

#: A page left open for longer than a session lives cannot post anything.
REMEMBERED: Final = timedelta(days=1)

submissions = Table(
    "submissions",
    metadata,
    Column("token", String(32), primary_key=True),
    Column("at", Instant, nullable=False),
)


def new_token() -> str:
    """Return a fresh token for one form; a letter may be added, for several on one page."""
    return secrets.token_hex(15)


async def first_time(db: Transaction, token: str, now: datetime) -> bool:
    """Whether the form with *token* comes for the first time; a repeat is to change nothing."""
    await db.execute(delete(submissions).where(submissions.c.at < now - REMEMBERED))
    statement = insert(db, submissions).values(token=token[:32], at=now)
    counted = await db.execute(statement.on_conflict_do_nothing())
    return counted.rowcount == 1
