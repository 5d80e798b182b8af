"""Writes a broadcast's rows into the ledger: one for each person and part, without words.

In chunks by the contact's id, each a transaction of its own: the database's one writer is never
held for long, a crash goes on where it stopped, and nothing grows with the audience but the table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, String, Subquery, case, literal, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from channels import broadcasts
from channels.base import Style
from channels.broadcasts import Broadcast, broadcast_texts
from channels.broadcasts import State as Going
from channels.ledger import BROADCAST, PRIORITY, State, outbox
from channels.routing import CALLS
from storage.base import Instant
from storage.engine import Database
from storage.unit_of_work import Transaction
from storage.upsert import insert

#: Given a part and a contact's id, the condition that they get it.
Wanted: TypeAlias = Callable[[int, ColumnElement[str]], ColumnElement[bool]]

#: From when to when each part is worth sending.
Windows: TypeAlias = Sequence[tuple[datetime, datetime]]

#: People in a chunk: some tens of milliseconds of SQLite's writer.
AT_A_TIME = 2_000


@dataclass(frozen=True, slots=True)
class _How:
    """Who is planned for, and how: what ``plan`` was given."""

    people: Subquery
    lines: Mapping[str, str]
    styles: Mapping[str, Style]
    wanted: Wanted | None
    windows: Windows


async def plan(
    database: Database,
    broadcast_id: str,
    audience: Select[tuple[str, str, str]],
    *,
    lines: Mapping[str, str],
    styles: Mapping[str, Style],
    now: datetime,
    chunk: int = AT_A_TIME,
    wanted: Wanted | None = None,
    windows: Windows = (),
    enough: Callable[[], bool] = bool,
) -> int:
    """Plan the broadcast for everybody in *audience*; return how many rows it has then.

    *audience* selects route_id, channel and language, each person once. *lines*: the line of
    each channel, by which its messages leave; who is reached by another channel gets none.
    *styles*: how words look on each line. *wanted*: which part each gets, where that is not every
    one; a call plays them all. *windows*: from when to when each part is worth sending; empty: all
    for as long as the broadcast. *enough*: whether to stop here. Called again, it goes
    on where it stopped; what is cancelled meanwhile gets no more rows.
    """
    people = audience.subquery("people")
    while True:
        async with database.transaction() as db:
            broadcast = await broadcasts.find(db, broadcast_id)
            if broadcast is None:
                return 0
            over = broadcast.planned_at is not None or broadcast.state is Going.CANCELLED
            if over or enough():
                return broadcast.planned
            how = _How(people, lines, styles, wanted, windows)
            await _plan_some(db, broadcast, how, now, chunk)


async def _plan_some(
    db: Transaction,
    broadcast: Broadcast,
    how: _How,
    now: datetime,
    chunk: int,
) -> None:
    """Plan the next *chunk* people, and remember how far that went."""
    people = how.people
    after = people.c.route_id > (broadcast.planned_to or "")
    order = people.c.route_id
    last = select(order).where(after).order_by(order).limit(1).offset(chunk - 1)
    end: str | None = (await db.execute(last)).scalar()
    some = after if end is None else after & (order <= end)
    languages = await _languages(db, broadcast.id)
    planned = 0
    for part in range(broadcast.parts):
        rows = _rows(broadcast, part, how, languages, now)
        if how.wanted is not None:
            called = people.c.channel.in_(sorted(CALLS))
            rows = rows.where(or_(called, how.wanted(part, people.c.route_id)))
        statement = insert(db, outbox).from_select(list(_COLUMNS), rows.where(some))
        done = await db.execute(
            statement.on_conflict_do_nothing(
                index_elements=["broadcast", "route_id", "part"], index_where=BROADCAST
            )
        )
        planned += done.rowcount
    values: dict[str, Any] = {"planned": broadcast.planned + planned, "planned_to": end}
    if end is None:
        values["planned_at"] = now
    this = broadcasts.broadcasts.c.id == broadcast.id
    await db.execute(update(broadcasts.broadcasts).where(this).values(values))


async def _languages(db: Transaction, broadcast: str) -> frozenset[str]:
    found = select(broadcast_texts.c.language).where(broadcast_texts.c.broadcast == broadcast)
    return frozenset((await db.execute(found.distinct())).scalars())


def _rows(
    broadcast: Broadcast,
    part: int,
    how: _How,
    languages: frozenset[str],
    now: datetime,
) -> Select[Any]:
    """Return the ledger's rows of one *part*, in the order of ``_COLUMNS``."""
    people, lines, styles = how.people, how.lines, how.styles
    whole = (broadcast.not_before, broadcast.expires_at)
    not_before, expires_at = how.windows[part] if how.windows else whole
    line = case(lines, value=people.c.channel)
    style = case(
        {channel: styles[name] for channel, name in lines.items()}, value=people.c.channel
    )
    spoken = people.c.language.in_(sorted(languages))
    language = case((spoken, people.c.language), else_=broadcast.language)
    text = broadcast_texts.c
    its_text = (
        (text.broadcast == broadcast.id)
        & (text.part == part)
        & (text.language == language)
        & (text.style == style)
    )
    values: dict[str, ColumnElement[Any]] = {
        "id": _NewId(literal(_era(broadcast, now))),
        "channel": line,
        "route_id": people.c.route_id,
        "language": text.language,
        "segments": text.segments,
        "broadcast": literal(broadcast.id),
        "part": literal(part),
        "kind": literal("bulk"),
        "priority": literal(PRIORITY["bulk"]),
        "state": literal(State.PLANNED),
        "not_before": literal(not_before, Instant),
        "expires_at": literal(expires_at, Instant),
        "made_at": literal(now, Instant),
        "moved_at": literal(now, Instant),
        **{name: literal(0) for name in ("attempt", "resends", "away", "n")},
        "rank": literal(-1),
    }
    reached = people.c.channel.in_(sorted(lines))
    chosen = select(*(values[name] for name in _COLUMNS)).select_from(
        people.join(broadcast_texts, its_text)
    )
    return chosen.where(reached).order_by(people.c.route_id)


_COLUMNS = (
    *("id", "channel", "route_id", "language", "segments", "broadcast", "part", "kind"),
    *("priority", "state", "not_before", "expires_at", "made_at", "moved_at"),
    *("attempt", "resends", "away", "n", "rank"),
)


def _era(broadcast: Broadcast, now: datetime) -> str:
    """Return how the ids of a chunk begin, eight digits: as time goes on, they grow.

    So a chunk's ids stand together in their index, and a nation's do not touch all of it at once.
    """
    return f"{int(now.timestamp()) + broadcast.planned // AT_A_TIME:08x}"


class _NewId(FunctionElement[str]):
    """Twenty-four hexadecimal digits that nobody can guess, made by the database for each row.

    In front of them stand those that are given.
    """

    type = String(32)
    inherit_cache = True
    name = "new_id"


@compiles(_NewId, "sqlite")
def _on_sqlite(element: _NewId, compiler: SQLCompiler, **how: Any) -> str:
    return f"{compiler.process(element.clauses, **how)} || lower(hex(randomblob(12)))"


@compiles(_NewId, "postgresql")
def _on_postgresql(element: _NewId, compiler: SQLCompiler, **how: Any) -> str:
    era = compiler.process(element.clauses, **how)
    return f"{era} || left(replace(gen_random_uuid()::text, '-', ''), 24)"
