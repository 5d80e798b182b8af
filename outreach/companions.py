"""Other people who listen on a subscriber's telephone, each with what they told.

A telephone is one subscriber, and is told each thing once. It is in an audience when anybody who
listens on it is. Whoever says something that contradicts nobody there is taken for the one that
it fits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import Column, ForeignKey, String, Table, delete, insert, select, update

from outreach.profiles import Profile
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

companions = Table(
    "companions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subscriber_id", String(32), ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("site_id", String(32), ForeignKey("sites.id")),
    Column("role", String(16)),
    Column("gender", String(16)),
    Column("formality", String(16)),
    Column("phase", String(16)),
    Column("told_at", Instant, nullable=False),
)

#: Beside the first of them. A household or a gang shares a telephone, a village hardly.
MOST: Final = 5


async def tell(db: Transaction, subscriber_id: str, told: Profile, now: datetime) -> None:
    """Keep what one more person told, or what one of them told anew.

    Where ``MOST`` are there already, the one who was silent the longest gives way.
    """
    theirs = companions.c.subscriber_id == subscriber_id
    listed = select(companions).where(theirs).order_by(companions.c.told_at, companions.c.id)
    rows = (await db.execute(listed)).mappings().all()
    for row in rows:
        if not told.contradicts(Profile.of(row)):
            values = {**told.known(), "told_at": now}
            await db.execute(update(companions).where(companions.c.id == row["id"]).values(values))
            return
    if len(rows) >= MOST:
        await db.execute(delete(companions).where(companions.c.id == rows[0]["id"]))
    values = {"id": uuid4().hex, "subscriber_id": subscriber_id, "told_at": now}
    await db.execute(insert(companions).values({**values, **told.known()}))


async def of(db: Reads, subscriber_id: str) -> Sequence[Profile]:
    """Return whoever listens on a telephone beside the first, in the order they told."""
    theirs = companions.c.subscriber_id == subscriber_id
    listed = select(companions).where(theirs).order_by(companions.c.told_at, companions.c.id)
    return [Profile.of(row) for row in (await db.execute(listed)).mappings()]
