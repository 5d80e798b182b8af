"""Rows of the send ledger as they stand after something happened to them, written directly."""

from datetime import timedelta
from uuid import uuid4

from channels import broadcasts
from channels.base import Style
from channels.broadcasts import Wording
from channels.ledger import PRIORITY, outbox


async def letter(database, now, state, **more):
    """Write one row down; return its id."""
    kind = more.pop("kind", "reply")
    row = {
        "id": uuid4().hex,
        "channel": "sms",
        "route_id": uuid4().hex,
        "kind": kind,
        "priority": PRIORITY[kind],
        "not_before": now,
        "expires_at": now + timedelta(hours=24),
        "segments": 1,
        "state": state,
        "attempt": 1,
        "body": b"sealed",
        "made_at": now,
        "moved_at": now,
        **more,
    }
    async with database.transaction() as db:
        await db.execute(outbox.insert().values(row))
    return row["id"]


async def broadcast(database, now, *, running=True, **more):
    """Write a broadcast of one part down; return its id."""
    words = [
        Wording(0, "en", Style.SMS, "The new fees hold from Monday."),
        Wording(0, "fr", Style.SMS, "Les nouveaux tarifs valent dès lundi."),
    ]
    given = {"not_before": now, "expires_at": now + timedelta(hours=48), "now": now, **more}
    async with database.transaction() as db:
        made = await broadcasts.create(db, words, language="en", **given)
        if running:
            await broadcasts.release(db, made, now)
    return made
