"""Who did what, and when. Rows are added, never changed; no content and no address is in them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Column, Integer, Select, String, Table, insert, or_, select

from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(32), nullable=False),  # a member's id, "reporter" or "system"
    Column("act", String(64), nullable=False),
    Column("subject", String(64), nullable=False),
    sqlite_autoincrement=True,  # a number is never given twice, so a gap shows
)


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the log."""

    id: int
    at: datetime
    actor: str
    act: str
    subject: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be added: *actor* did *act* to *subject*."""

    actor: str
    act: str
    subject: str
    at: datetime


_LINE = insert(audit)


async def record(db: Transaction, *, actor: str, act: str, subject: str, now: datetime) -> None:
    """Add a line: *actor* did *act* (``case.moved``) to *subject* (an id)."""
    await db.execute(_LINE, {"at": now, "actor": actor, "act": act, "subject": subject})


async def record_all(db: Transaction, lines: Sequence[Line]) -> None:
    """Add many lines at once."""
    if lines:
        await db.execute(_LINE, [asdict(line) for line in lines])


async def recent(
    db: Reads,
    *,
    before: int | None = None,
    limit: int = 100,
    acts: Collection[str] = (),
    actor: str | None = None,
    apart_from: Sequence[Select[tuple[str]]] = (),
) -> list[Act]:
    """Return a page of the log, newest first; *before* is the last id of the page before.

    *acts*: only these, and what begins with one of them and a point. *apart_from* select the
    subjects that whoever reads it must not know of.
    """
    page = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        page = page.where(audit.c.id < before)
    if acts:
        families = (audit.c.act.startswith(f"{act}.", autoescape=True) for act in acts)
        page = page.where(or_(audit.c.act.in_(acts), *families))
    if actor is not None:
        page = page.where(audit.c.actor == actor)
    for hidden in apart_from:
        page = page.where(audit.c.subject.not_in(hidden))
    return [Act(**row) for row in (await db.execute(page)).mappings()]
