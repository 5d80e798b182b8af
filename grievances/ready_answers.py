"""Answers that are kept ready: what is written again and again, once in each language.

Each change makes a new edition, so that any of them can be taken back. They are the forum's own
words, about no case; that one was used is counted, and not where.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from string import Formatter
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    and_,
    insert,
    or_,
    select,
    update,
)

from forum import audit
from forum.members import Member
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

ready_answers = Table(
    "ready_answers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("edition", Integer, nullable=False),  # the one that counts now
    Column("used", Integer, nullable=False),
)
editions = Table(
    "ready_editions",
    metadata,
    Column("answer_id", String(32), ForeignKey("ready_answers.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False),
    Column("category", String(8)),  # None: for any
    Column("purpose", String(16), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("texts", JSON, nullable=False),  # language -> text
    Column("at", Instant, nullable=False),
)

#: Characters of a name.
NAME_CHARACTERS: Final = 100

#: What may stand in braces, and what fills it. No reference: it is a word of the console, and the
#: reporter has never seen it. No place and no name either: somebody else may hold the phone.
PLACES: Final = frozenset({"date", "days"})


class Purpose(StrEnum):
    """What an answer is for."""

    HEARD = "heard"  # we have read it
    ASK = "ask"  # we need to know more
    WAIT = "wait"  # what happens next, and when
    REFER = "refer"  # who else helps
    OUTCOME = "outcome"  # what came of it


class Changed(Exception):
    """Somebody else changed it meanwhile."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answer says. *texts*: language -> text, in which ``PLACES`` may stand in braces."""

    name: str
    purpose: Purpose
    category: str | None = None
    active: bool = True
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer as it is now. *used*: how often it was sent. *edition* counts its changes."""

    id: str
    edition: int
    used: int
    draft: Draft

    def in_language(self, languages: Sequence[str]) -> str:
        """Return the first of *languages* that it has; any other where it has none of them."""
        texts = self.draft.texts
        return next((each for each in languages if each in texts), next(iter(sorted(texts)), ""))


def strange_places(text: str) -> Collection[str] | None:
    """Return what stands in braces and cannot be filled; None: the braces themselves are wrong."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    named = [(name, spec, how) for _, name, spec, how in parts if name is not None]
    if any(spec or how for _, spec, how in named):
        return None
    return sorted({name for name, *_ in named} - PLACES)


def filled(text: str, **values: str) -> str:
    """Return *text* with each place filled; dots where we know nothing to put there."""
    return text.format_map({name: values.get(name) or "..." for name in PLACES})


async def everything(db: Reads) -> Sequence[Ready]:
    """Return all answers that are not removed, by name."""
    found = await db.execute(_NOW.where(editions.c.removed.is_(False)).order_by(*_ORDER))
    return [_ready(row) for row in found]


async def offered(db: Reads, category: str | None) -> Sequence[Ready]:
    """Return what may be used for a case of *category*: its own answers first, by name.

    While nobody has said what a case is about, only those for any are.
    """
    fits = or_(editions.c.category.is_(None), editions.c.category == category)
    usable = editions.c.active.is_(True) & editions.c.removed.is_(False)
    order = (editions.c.category.is_(None), *_ORDER)
    return [_ready(row) for row in await db.execute(_NOW.where(usable, fits).order_by(*order))]


async def find(db: Reads, answer_id: str) -> Ready | None:
    """Return one answer; None: there is no such, or it is removed."""
    one = _NOW.where(ready_answers.c.id == answer_id, editions.c.removed.is_(False))
    row = (await db.execute(one)).one_or_none()
    return _ready(row) if row else None


async def add(db: Transaction, draft: Draft, *, by: Member, now: datetime) -> str:
    """Keep a new answer; return its id."""
    answer_id = uuid4().hex
    await db.execute(insert(ready_answers).values(id=answer_id, edition=1, used=0))
    await _write(db, answer_id, 1, draft, now)
    await audit.record(db, actor=by.id, act="answer.added", subject=answer_id, now=now)
    return answer_id


async def change(db: Transaction, ready: Ready, draft: Draft, *, by: Member, now: datetime) -> int:
    """Keep another edition; return the one before, which ``back`` takes. Raises ``Changed``."""
    await _next(db, ready, draft, now)
    await audit.record(db, actor=by.id, act="answer.changed", subject=ready.id, now=now)
    return ready.edition


async def remove(db: Transaction, ready: Ready, *, by: Member, now: datetime) -> int:
    """Offer it no more, nowhere; return the edition that ``back`` takes. Raises ``Changed``."""
    await _next(db, ready, ready.draft, now, removed=True)
    await audit.record(db, actor=by.id, act="answer.removed", subject=ready.id, now=now)
    return ready.edition


async def back(
    db: Transaction, answer_id: str, edition: int, *, by: Member, now: datetime
) -> Draft | None:
    """Go back one edition, to *edition*; None: it is not the one before, or says nothing."""
    before = (editions.c.answer_id == answer_id) & (editions.c.edition == edition)
    found = await db.execute(select(editions).where(before, editions.c.removed.is_(False)))
    row = found.one_or_none()
    if row is None:
        return None
    present = (ready_answers.c.id == answer_id) & (ready_answers.c.edition == edition + 1)
    moved = await db.execute(update(ready_answers).where(present).values(edition=edition + 2))
    if not moved.rowcount:
        return None
    await _write(db, answer_id, edition + 2, _draft(row), now)
    await audit.record(db, actor=by.id, act="answer.restored", subject=answer_id, now=now)
    return _draft(row)


async def count(db: Transaction, answer_id: str) -> None:
    """Note that it was sent once more; of no answer that is none."""
    used = ready_answers.c.used + 1
    await db.execute(
        update(ready_answers).where(ready_answers.c.id == answer_id).values(used=used)
    )


async def _next(
    db: Transaction, ready: Ready, draft: Draft, now: datetime, *, removed: bool = False
) -> None:
    ours = (ready_answers.c.id == ready.id) & (ready_answers.c.edition == ready.edition)
    edition = ready.edition + 1
    moved = await db.execute(update(ready_answers).where(ours).values(edition=edition))
    if not moved.rowcount:
        raise Changed
    await _write(db, ready.id, edition, draft, now, removed=removed)


async def _write(
    db: Transaction,
    answer_id: str,
    edition: int,
    draft: Draft,
    now: datetime,
    *,
    removed: bool = False,
) -> None:
    row = {**asdict(draft), "answer_id": answer_id, "edition": edition, "removed": removed}
    await db.execute(insert(editions).values(**row, at=now))


_NOW = select(ready_answers.c.used, editions).join(
    ready_answers,
    and_(
        ready_answers.c.id == editions.c.answer_id,
        ready_answers.c.edition == editions.c.edition,
    ),
)
_ORDER = (editions.c.name, editions.c.answer_id)


def _ready(row: Any) -> Ready:
    return Ready(row.answer_id, row.edition, row.used, _draft(row))


def _draft(row: Any) -> Draft:
    return Draft(row.name, Purpose(row.purpose), row.category, row.active, dict(row.texts))
