"""Lists that somebody brings: staged row by row, looked at, and only then put on the list.

A staged row has no number in clear: what stands for it, its last two digits, and, for somebody who
would be new, the sealed address. A week later the whole of it is erased.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from forum import audit
from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Reads, Transaction

imports = Table(
    "imports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("by", String(32), ForeignKey("members.id"), nullable=False),
    Column("encoding", String(16)),  # null: a workbook
    Column("separator", String(1)),
    Column("why", String(32)),  # why it could not be read
    Column("applied_to", Integer, nullable=False),  # the last row that is on the list
    Column("made_at", Instant, nullable=False),
    Column("moved_at", Instant, nullable=False),
    Column("done_at", Instant),
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("import_id", String(32), ForeignKey("imports.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # as a spreadsheet counts
    Column("verdict", String(16), nullable=False),
    Column("why", String(32)),
    Column("ending", String(2), nullable=False),  # of the telephone number
    Column("contact", String(32)),
    Column("door", String(32)),  # what stands for it among those who stopped news
    Column("route_id", String(32)),
    Column("sealed", Sealed),
    Column("language", String(16)),
    Column("site_id", String(32)),
    Column("role", String(16)),
    Column("gender", String(16)),
    Column("formality", String(16)),
    Column("phase", String(16)),
    Column("cohort", String(16)),
    Column("consent_how", String(200)),
    Column("consent_at", Instant),
    Index("ix_import_rows_import_id_verdict", "import_id", "verdict", "number"),
    Index("ix_import_rows_import_id_contact", "import_id", "contact"),
)

#: How long what was staged is kept, and a list that was put on can be taken back.
KEPT_FOR: Final = timedelta(days=7)
UNDO_WITHIN: Final = timedelta(days=1)

#: Rows on a page of the report.
PAGE: Final = 100


class State(StrEnum):
    """How far a list has come."""

    READING = "reading"
    READY = "ready"  # read; nothing of it is on the list
    APPLYING = "applying"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


#: «reading» that nobody goes on with was cut off; what is staged of it is erased after a week.
TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.READING: frozenset({State.READY}),
    State.READY: frozenset({State.APPLYING}),
    State.APPLYING: frozenset({State.DONE}),
    State.DONE: frozenset({State.UNDOING}),
    State.UNDOING: frozenset({State.UNDONE}),
    State.UNDONE: frozenset(),
}


class Verdict(StrEnum):
    """What a row would do."""

    NEW = "new"
    CHANGED = "changed"  # on the list already: it adds what was not known
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"  # the number stands further up in the file
    STOPPED = "stopped"  # they sent STOP, and no list brings them back
    BAD = "bad"


class NotNow(Exception):
    """The list has come further meanwhile, or it is too late to take it back."""


@dataclass(frozen=True, slots=True)
class Import:
    """One list. *by*: the id of the member who brought it."""

    id: str
    state: State
    by: str
    encoding: str | None
    separator: str | None
    applied_to: int
    made_at: datetime
    done_at: datetime | None

    def may_be_undone(self, now: datetime) -> bool:
        """Whether it is on the list, and that was within the day."""
        done_at = self.done_at
        return self.state is State.DONE and done_at is not None and now - done_at < UNDO_WITHIN


@dataclass(frozen=True, slots=True)
class Reported:
    """One row of the report."""

    number: int
    verdict: Verdict
    why: str | None
    ending: str


async def begin(db: Transaction, *, encoding: str, separator: str, by: str, now: datetime) -> str:
    """Make room for a list that is about to be read; return its id."""
    import_id = uuid4().hex
    await db.execute(
        insert(imports).values(
            id=import_id,
            state=State.READING,
            by=by,
            encoding=encoding or None,
            separator=separator or None,
            applied_to=0,
            made_at=now,
            moved_at=now,
        )
    )
    return import_id


async def move(db: Transaction, import_id: str, to: State, now: datetime, **values: Any) -> None:
    """Bring a list to its next state. Raises ``NotNow``."""
    before = [state for state, onward in TRANSITIONS.items() if to in onward]
    this = (imports.c.id == import_id) & imports.c.state.in_(before)
    moved = update(imports).where(this).values(state=to, moved_at=now, **values)
    if (await db.execute(moved)).rowcount != 1:
        raise NotNow


async def put_on(db: Transaction, import_id: str, *, by: str, now: datetime) -> None:
    """Have a list put on: from now on it goes on by itself. Raises ``NotNow``."""
    await move(db, import_id, State.APPLYING, now)
    await audit.record(db, actor=by, act="import.applied", subject=import_id, now=now)


async def take_back(db: Transaction, import_id: str, *, by: str, now: datetime) -> None:
    """Have those taken off again who came by a list and said nothing since. Raises ``NotNow``."""
    one = await get(db, import_id)
    if one is None or not one.may_be_undone(now):
        raise NotNow
    await move(db, import_id, State.UNDOING, now)
    await audit.record(db, actor=by, act="import.undone", subject=import_id, now=now)


async def hold(db: Transaction, import_id: str) -> None:
    """Let nobody forget a list before this transaction ends. Raises ``NotNow``: it is gone."""
    read = (imports.c.id == import_id) & (imports.c.state == State.READING)
    if (await db.execute(select(imports.c.id).where(read).with_for_update())).first() is None:
        raise NotNow


async def drop(db: Transaction, import_id: str) -> None:
    """Forget a list that was never put on. Raises ``NotNow``."""
    this = imports.c.id == import_id
    unused = imports.c.state.in_([State.READING, State.READY])
    held = select(imports.c.id).where(this, unused).with_for_update()
    if (await db.execute(held)).first() is None:
        raise NotNow
    await db.execute(delete(import_rows).where(import_rows.c.import_id == import_id))
    await db.execute(delete(imports).where(this))


async def erase(db: Transaction, contact: str) -> None:
    """Erase somebody from the files of the last week, whatever these are about to do."""
    # Named by file, so that the index of a file's contacts leads to them.
    here = import_rows.c.import_id.in_(select(imports.c.id)) & (import_rows.c.contact == contact)
    await db.execute(delete(import_rows).where(here))


async def purge(db: Transaction, now: datetime) -> None:
    """Erase what was staged a week ago, unless it is being put on or taken off just now."""
    resting = [State.READING, State.READY, State.DONE, State.UNDONE]
    old = (imports.c.made_at < now - KEPT_FOR) & imports.c.state.in_(resting)
    theirs = select(imports.c.id).where(old)
    await db.execute(delete(import_rows).where(import_rows.c.import_id.in_(theirs)))
    await db.execute(delete(imports).where(old))


async def every(db: Reads) -> Sequence[Import]:
    """Return the lists of the last week, newest first."""
    listed = select(imports).order_by(imports.c.made_at.desc(), imports.c.id)
    return [_import(row) for row in await db.execute(listed)]


async def get(db: Reads, import_id: str) -> Import | None:
    """Return one list."""
    row = (await db.execute(select(imports).where(imports.c.id == import_id))).one_or_none()
    return _import(row) if row else None


async def at_work(db: Reads) -> Import | None:
    """Return a list that is being put on or taken off."""
    moving = imports.c.state.in_([State.APPLYING, State.UNDOING])
    found = await db.execute(select(imports).where(moving).order_by(imports.c.moved_at).limit(1))
    row = found.one_or_none()
    return _import(row) if row else None


async def counts(db: Reads, import_id: str) -> Mapping[Verdict, int]:
    """Return how many rows have each verdict."""
    found = await db.execute(
        select(import_rows.c.verdict, func.count().label("n"))
        .where(import_rows.c.import_id == import_id)
        .group_by(import_rows.c.verdict)
    )
    return {Verdict(row.verdict): row.n for row in found}


async def report(
    db: Reads,
    import_id: str,
    *,
    verdict: Verdict | None = None,
    after: int = 0,
    limit: int | None = PAGE,
) -> Sequence[Reported]:
    """Return rows after the number *after*, those of one *verdict* or all."""
    columns = (import_rows.c.number, import_rows.c.verdict, import_rows.c.why)
    rows = import_rows.c.import_id == import_id
    listed = select(*columns, import_rows.c.ending).where(rows, import_rows.c.number > after)
    if verdict is not None:
        listed = listed.where(import_rows.c.verdict == verdict)
    found = await db.execute(listed.order_by(import_rows.c.number).limit(limit))
    return [Reported(row.number, Verdict(row.verdict), row.why, row.ending) for row in found]


def _import(row: Any) -> Import:
    return Import(
        row.id,
        State(row.state),
        row.by,
        row.encoding,
        row.separator,
        row.applied_to,
        row.made_at,
        row.done_at,
    )
