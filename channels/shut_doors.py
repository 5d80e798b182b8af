"""Who shut the door: a refusal or a receipt said so, and somebody has to act on it."""

from collections.abc import Collection

from sqlalchemy import select, update

from channels.ledger import SHUT, outbox
from storage.unit_of_work import Reads, Transaction


async def waiting(db: Reads) -> list[tuple[str, str, str]]:
    """Return id, route and line of messages whose failure means that the door was shut."""
    rows = await db.execute(select(outbox.c.id, outbox.c.route_id, outbox.c.channel).where(SHUT))
    return [(row.id, row.route_id, row.channel) for row in rows]


async def acted_on(db: Transaction, ids: Collection[str]) -> None:
    """Note that somebody has acted on these shut doors."""
    await db.execute(update(outbox).where(outbox.c.id.in_(ids)).values(stopped=False))
