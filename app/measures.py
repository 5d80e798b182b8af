"""Sets the measures that all processes share, as the database stands when somebody asks.

So ``serve`` on one machine tells what ``work`` does on another, and nothing is lost when a
process ends.
"""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import metrics
from channels import dead_letters, overview, tallies
from channels.overview import Overview
from forum import alarms
from grievances import deadlines
from storage.engine import Database
from storage.unit_of_work import Reads

log = structlog.get_logger()

#: Where what came while the database was away lies, in the data directory.
SPOOL = "spool"


async def take(database: Database, lines: Collection[str], data_dir: Path, now: datetime) -> None:
    """Measure; while the database is away only that it is."""
    metrics.SPOOL.set(_bytes_in(data_dir / SPOOL))
    try:
        async with database.reading() as reads:
            await _read(reads, lines, now)
    except (SQLAlchemyError, OSError, TimeoutError):
        log.exception("measures.no_database")
        metrics.DATABASE.set(0)
    else:
        metrics.DATABASE.set(1)


async def _read(reads: Reads, lines: Collection[str], now: datetime) -> None:
    for line in await overview.read(reads, lines, now):
        _show(line, now)
    totals = await tallies.totals(reads)
    metrics.SENDS.set({(line, state.value): count for (line, state), count in totals.items()})
    metrics.DEAD.set(await dead_letters.count(reads))
    metrics.INBOX_HELD.set(await overview.held(reads))
    metrics.OVERDUE.set(await deadlines.overdue(reads, now))
    metrics.ALARMS.set(len(await alarms.alarms(reads, now)))


def _show(seen: Overview, now: datetime) -> None:
    line, name = seen.line, seen.name
    for kind, waiting in seen.waiting.items():
        since = seen.oldest.get(kind, now)
        metrics.QUEUE.labels(name, kind).set(waiting)
        metrics.OLDEST.labels(name, kind).set((now - since).total_seconds())
    metrics.FLYING.labels(name).set(seen.flying)
    metrics.DOUBTFUL.labels(name).set(seen.doubtful)
    metrics.OWNED.labels(name).set(seen.holder is not None)
    metrics.PAUSED.labels(name).set(line.paused_at is not None)
    rests = (line.rests_until or now) - now
    metrics.RESTS.labels(name).set(max(rests.total_seconds(), 0))
    metrics.TROUBLES.labels(name).set(line.troubles)
    if line.per_second is not None:
        metrics.PACE.labels(name).set(line.per_second)
    if line.last_sent_at is not None:
        metrics.LAST_SENT.labels(name).set(line.last_sent_at.timestamp())


def _bytes_in(folder: Path) -> int:
    """Return how much lies in *folder*; a file may go while we look."""
    size = 0
    for file in folder.glob("*"):
        try:
            size += file.stat().st_size
        except FileNotFoundError:
            continue
    return size
