"""What was settled long ago leaves the send ledger, and is counted by the day.

The counts are what a broadcast's report needs, and name nobody. They and the rows change in one
transaction, so a message is in the ledger or counted, never both and never neither. The work is
done in chunks, each short enough for whoever else wants to write; whoever comes next goes on.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Row,
    String,
    Table,
    delete,
    exists,
    func,
    or_,
    select,
    text,
)

from channels.broadcasts import TRANSITIONS, broadcasts
from channels.ledger import ALONE, SETTLED, outbox, receipts, standing
from storage.base import Instant, metadata
from storage.engine import Database
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

#: How many messages had the same end. An empty word: the row in the ledger had none.
archive = Table(
    "archive",
    metadata,
    Column("broadcast", String(32), primary_key=True),  # empty: messages for one person
    Column("day", Instant, primary_key=True),  # midnight UTC before they were settled
    Column("channel", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("error", String(64), primary_key=True),
    Column("messages", Integer, nullable=False),
    Column("segments", Integer, nullable=False),
)

#: How long a settled message stays: one to a person long enough to answer «did it arrive?», one
#: of a broadcast until nobody sends it again (it is a dead letter for 72 h) or reports on it.
ALONE_KEPT = timedelta(days=90)
BROADCAST_KEPT = timedelta(days=7)

#: Seconds that a chunk should take: on SQLite, where nobody else writes meanwhile and 0.1 would be
#: too long even on a busy machine, and on PostgreSQL, where nobody waits.
AIM = {"sqlite": 0.03, "postgresql": 0.2}

#: Messages in a chunk: the first, and no more than this however fast the disk is.
FEWEST, MOST = 50, 2_000

#: What is left to act on stays (``dispatch.stopped``).
_TOLD = outbox.c.stopped.is_not(True)

_NO_MORE = sorted(state for state, after in TRANSITIONS.items() if not after)
_KEY = tuple(column.name for column in archive.primary_key)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Rows that may leave, and the column along which they are walked.

    A walk that began anew with each chunk would pass, each time, over all that has left before
    and has not been vacuumed yet.
    """

    rows: ColumnElement[bool]
    along: Column[Any]


async def run(
    database: Database,
    now: datetime,
    *,
    alone: timedelta = ALONE_KEPT,
    broadcast: timedelta = BROADCAST_KEPT,
    enough: Callable[[], bool] = bool,
) -> int:
    """Archive what has been settled for *alone* or *broadcast*; return how many messages.

    *enough*: whether to stop here. What is left then is archived by the next run.
    """
    async with database.reading() as reads:
        shelves = await _shelves(reads, now - alone, now - broadcast)
    archived, aim = 0, AIM[database.writer.dialect.name]
    for shelf in shelves:
        chunk, start = FEWEST, None
        while not enough():
            async with database.transaction() as db:
                began = perf_counter()  # from here to the commit all others wait
                gone = await _clear(db, shelf, start, chunk)
            took = perf_counter() - began
            archived += len(gone)
            if len(gone) < chunk:
                break
            start = max(row.along for row in gone)
            chunk = fitting(chunk, took, aim)
            await asyncio.sleep(took)  # at least half of the time is everybody else's
    return archived


def fitting(chunk: int, took: float, aim: float) -> int:
    """Return how many messages the next chunk should have to take *aim* seconds.

    The last, of *chunk* messages, *took* so many.
    """
    return max(FEWEST, min(MOST, int(chunk * min(2.0, aim / max(took, 0.001)))))


async def _shelves(db: Reads, alone: datetime, broadcast: datetime) -> list[Shelf]:
    """Return where anything may leave."""
    settled = standing(*SETTLED) & _TOLD
    ended = broadcasts.c.state.in_(_NO_MORE) & (broadcasts.c.moved_at < broadcast)
    over = select(broadcasts.c.id).where(
        or_(ended, broadcasts.c.expires_at < broadcast),
        exists().where(outbox.c.broadcast == broadcasts.c.id),
    )
    shelves = [
        Shelf(settled & (outbox.c.broadcast == one), outbox.c.route_id)
        for one in (await db.execute(over)).scalars()
    ]
    old = settled & ALONE & (outbox.c.moved_at < alone)
    if (await db.execute(select(outbox.c.seq).where(old).limit(1))).first() is not None:
        shelves.append(Shelf(old, outbox.c.moved_at))
    return shelves


async def _clear(db: Transaction, shelf: Shelf, start: Any, limit: int) -> Sequence[Row[Any]]:
    """Take up to *limit* rows of *shelf* out of the ledger, their receipts too, and count them."""
    wanted = shelf.rows if start is None else shelf.rows & (shelf.along >= start)
    leaving = (
        select(outbox.c.seq)
        .where(wanted)
        .order_by(shelf.along)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("leaving")
    )
    out = await db.execute(
        delete(outbox)
        .where(outbox.c.seq.in_(select(leaving.c.seq)))
        .returning(
            shelf.along.label("along"),
            *(outbox.c[name] for name in (*_KEY, "id", "moved_at", "segments") if name != "day"),
        )
    )
    gone = out.all()
    ids = [row.id for row in gone]
    await db.execute(delete(receipts).where(receipts.c.outbox_id.in_(ids)))
    await _count(db, gone)
    return gone


async def _count(db: Transaction, gone: Iterable[Row[Any]]) -> None:
    messages: Counter[tuple[Any, ...]] = Counter()
    cost: Counter[tuple[Any, ...]] = Counter()
    for row in gone:
        key = _key(row)
        messages[key] += 1
        cost[key] += row.segments
    if not messages:
        return
    new = insert(db, archive)
    adds = {name: archive.c[name] + new.excluded[name] for name in ("messages", "segments")}
    # Sorted: two that archive at once never wait for each other in a circle.
    values = [
        {**dict(zip(_KEY, key, strict=True)), "messages": messages[key], "segments": cost[key]}
        for key in sorted(messages)
    ]
    await db.execute(new.on_conflict_do_update(index_elements=_KEY, set_=adds), values)


def _key(row: Row[Any]) -> tuple[Any, ...]:
    day = row.moved_at.replace(hour=0, minute=0, second=0, microsecond=0)
    broadcast, language = row.broadcast or "", row.language or ""
    end = (row.state, row.error or "")
    return (broadcast, day, row.channel, row.kind, row.part, language, *end)


# --- looking ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Growth:
    """How large the ledger is. *days*: the first and the last that the archive counts."""

    standing: int
    archived: int
    days: tuple[datetime, datetime] | None
    size: int  # bytes
    free: int | None  # bytes of them that will be used again; None: the engine does not say


async def growth(db: Reads) -> Growth:
    """Measure the ledger. Reads all of an index: seconds, at ten million rows."""
    standing = (await db.execute(select(func.count()).select_from(outbox))).scalar_one()
    sums = select(
        func.coalesce(func.sum(archive.c.messages), 0).label("messages"),
        func.min(archive.c.day).label("first"),
        func.max(archive.c.day).label("last"),
    )
    counted = (await db.execute(sums)).one()
    days = None if counted.first is None else (counted.first, counted.last)
    return Growth(standing, int(counted.messages), days, *await _space(db))


async def _space(db: Reads) -> tuple[int, int | None]:
    if db.dialect.name == "sqlite":
        size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        free = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
        return (await _number(db, size), await _number(db, free))
    size = "SELECT pg_total_relation_size('outbox') + pg_total_relation_size('receipts')"
    return await _number(db, size), None


async def _number(db: Reads, question: str) -> int:
    return int((await db.execute(text(question))).scalar_one())


async def ends(db: Reads, broadcast: str) -> list[Row[Any]]:
    """Return how many messages of *broadcast* have left the ledger: by ``state`` and ``error``."""
    counted = (
        select(
            archive.c.state,
            func.nullif(archive.c.error, "").label("error"),
            func.sum(archive.c.messages).label("messages"),
        )
        .where(archive.c.broadcast == broadcast)
        .group_by(archive.c.state, archive.c.error)
    )
    return [*await db.execute(counted)]


async def prune(db: Transaction, before: datetime) -> int:
    """Forget the counts of the days before *before*; return how many rows those were."""
    return (await db.execute(delete(archive).where(archive.c.day < before))).rowcount
