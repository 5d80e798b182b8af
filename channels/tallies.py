"""How many messages came how far, minute by minute: for pages and measures, not for the ledger.

Counted in memory and written down every few seconds, so that no message pays for it. A process
that is killed takes the last seconds of its counts with it; the ledger has every message.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Column, Integer, String, Table, delete, select
from sqlalchemy.exc import SQLAlchemyError

from channels.ledger import State
from storage.base import EPOCH, metadata
from storage.engine import Database
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

log = structlog.get_logger()

tallies = Table(
    "tallies",
    metadata,
    Column("minute", Integer, primary_key=True),  # since 1970; 0: of all time
    Column("channel", String(32), primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("messages", Integer, nullable=False),
)

#: How often what was counted is written down, and how long single minutes are kept.
WRITE_EVERY = timedelta(seconds=5)
KEPT_FOR = timedelta(days=2)

ALL_TIME = 0


@dataclass(slots=True)
class Tally:
    """What one process has counted and not written down yet."""

    database: Database
    _counts: Counter[tuple[int, str, State]] = field(default_factory=Counter)
    _written_at: datetime = EPOCH

    async def note(self, channel: str, state: State, now: datetime) -> None:
        """Count one message of *channel* that came to *state*."""
        self._counts[minute_of(now), channel, state] += 1
        if now - self._written_at >= WRITE_EVERY:
            await self.write(now)

    async def write(self, now: datetime) -> None:
        """Write down what was counted. What cannot be is counted on: no message fails for it."""
        counts, self._counts = self._counts, Counter()
        self._written_at = now
        if not counts:
            return
        try:
            async with self.database.transaction() as db:
                await _add(db, counts)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            self._counts.update(counts)
            log.warning("tallies.not_written", why=type(error).__name__)


async def _add(db: Transaction, counts: Mapping[tuple[int, str, State], int]) -> None:
    total: Counter[tuple[int, str, State]] = Counter(counts)
    for (_, channel, state), count in counts.items():
        total[ALL_TIME, channel, state] += count
    # Always in one order: two processes that add at once must not wait for each other.
    for (minute, channel, state), count in sorted(total.items()):
        row = {"minute": minute, "channel": channel, "state": state, "messages": count}
        await db.execute(
            insert(db, tallies)
            .values(row)
            .on_conflict_do_update(
                index_elements=["minute", "channel", "state"],
                set_={"messages": tallies.c.messages + count},
            )
        )


async def minutes(db: Reads, since: datetime) -> dict[str, dict[int, Counter[State]]]:
    """Return what came how far since *since*, by channel and by minute since 1970."""
    fresh = select(tallies).where(tallies.c.minute >= max(minute_of(since), ALL_TIME + 1))
    counted: dict[str, dict[int, Counter[State]]] = {}
    for row in await db.execute(fresh):
        of_minute = counted.setdefault(row.channel, {}).setdefault(row.minute, Counter())
        of_minute[State(row.state)] += row.messages
    return counted


async def totals(db: Reads) -> dict[tuple[str, State], int]:
    """Return what ever came how far, by channel."""
    found = await db.execute(select(tallies).where(tallies.c.minute == ALL_TIME))
    return {(row.channel, State(row.state)): row.messages for row in found}


async def purge(db: Transaction, now: datetime) -> None:
    """Forget single minutes that are old; what was counted in all stays."""
    old = tallies.c.minute.between(ALL_TIME + 1, minute_of(now - KEPT_FOR))
    await db.execute(delete(tallies).where(old))


def minute_of(at: datetime) -> int:
    """Return the minute of *at*, counted since 1970."""
    return int(at.timestamp()) // 60
