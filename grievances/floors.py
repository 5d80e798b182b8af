"""Below the floor: one who triages asks for a milder severity, and another one decides.

The case has its category's severity meanwhile. The reason stands in the thread, sealed as all that
is said of a case; here is only who asked for what, and what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, ForeignKey, String, Table, insert, select, update

from forum import audit
from forum.members import Member
from grievances import exclusions
from grievances.case import Held, cases
from grievances.entries import Audience, Draft, Kind, write
from grievances.exclusions import NotEligible
from grievances.severity import Severity
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

floors = Table(
    "floors",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("category", String(8), nullable=False),
    Column("severity", String(2), nullable=False),  # that is asked for
    Column("entry_id", String(32), ForeignKey("entries.id"), nullable=False),  # the reason
    Column("asked_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("decided_by", String(32), ForeignKey("members.id")),
    Column("decided_at", Instant),
)


class Outcome(StrEnum):
    """What came of it."""

    ASKED = "asked"  # nobody has decided yet
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by who had asked
    LAPSED = "lapsed"  # the case was judged otherwise meanwhile


@dataclass(frozen=True, slots=True)
class Wish:
    """One request for a milder severity. *entry_id* is where the reason stands in the thread."""

    id: str
    category: str
    severity: Severity
    entry_id: str
    asked_by: str
    asked_at: datetime
    outcome: Outcome
    decided_by: str | None
    decided_at: datetime | None


class Decided(Exception):
    """Nothing is asked any more: somebody decided, or the case is judged otherwise by now."""


async def ask(
    db: Transaction,
    held: Held,
    category: str,
    severity: Severity,
    reason: str,
    *,
    by: Member,
    now: datetime,
) -> None:
    """Ask for a milder severity, in place of whatever was asked before.

    The caller holds the case, and has judged it by the floor.
    """
    await lapse(db, held.id, now)
    draft = Draft(reason, Kind.STATUS, by.id, Audience.INTERNAL)
    entry_id = await write(db, held.id, held.public_key, draft, now)
    await db.execute(
        insert(floors).values(
            id=uuid4().hex,
            case_id=held.id,
            category=category,
            severity=severity,
            entry_id=entry_id,
            asked_by=by.id,
            asked_at=now,
            outcome=Outcome.ASKED,
        )
    )
    await audit.record(db, actor=by.id, act="floor.asked", subject=held.id, now=now)


async def decide(
    db: Transaction, held: Held, wish_id: str, *, agreed: bool, by: Member, now: datetime
) -> None:
    """Let the severity fall, or stay. Due dates stay where they are in either case.

    The caller holds the case, for a member who may judge it (``triage.held_by_triager``). Raises
    ``NotEligible`` for who asked, and ``Decided``; so it does where the case is of another
    category by now, or who asked is kept out of it.
    """
    wish = await _open(db, held.id, wish_id)
    if wish.asked_by == by.id:
        raise NotEligible
    if held.category != wish.category or await exclusions.is_out(db, held.id, wish.asked_by):
        raise Decided
    await _close(db, wish, Outcome.AGREED if agreed else Outcome.DECLINED, by, now)
    if agreed:
        its = update(cases).where(cases.c.id == held.id)
        await db.execute(its.values(severity=wish.severity))
    act = "floor.agreed" if agreed else "floor.declined"
    await audit.record(db, actor=by.id, act=act, subject=held.id, now=now)


async def withdraw(
    db: Transaction, held: Held, wish_id: str, *, by: Member, now: datetime
) -> None:
    """Take back what one has asked for. Raises ``NotEligible`` for others, and ``Decided``."""
    wish = await _open(db, held.id, wish_id)
    if wish.asked_by != by.id:
        raise NotEligible
    await _close(db, wish, Outcome.WITHDRAWN, by, now)
    await audit.record(db, actor=by.id, act="floor.withdrawn", subject=held.id, now=now)


async def lapse(db: Transaction, case_id: str, now: datetime) -> None:
    """Let go of what is asked: the case is judged otherwise now. The caller holds it."""
    open_ = (floors.c.case_id == case_id) & (floors.c.outcome == Outcome.ASKED)
    await db.execute(update(floors).where(open_).values(outcome=Outcome.LAPSED, decided_at=now))


async def of_case(db: Reads, case_id: str) -> Sequence[Wish]:
    """Return everything that was asked about a case, the newest first."""
    found = await db.execute(
        select(*_SHOWN).where(floors.c.case_id == case_id).order_by(floors.c.asked_at.desc())
    )
    return [_wish(row) for row in found]


_SHOWN = tuple(floors.c[name] for name in Wish.__dataclass_fields__)


async def _open(db: Reads, case_id: str, wish_id: str) -> Wish:
    this = (floors.c.id == wish_id) & (floors.c.case_id == case_id)
    row = (await db.execute(select(*_SHOWN).where(this))).one_or_none()
    if row is None or row.outcome != Outcome.ASKED:
        raise Decided
    return _wish(row)


async def _close(db: Transaction, wish: Wish, outcome: Outcome, by: Member, now: datetime) -> None:
    """Note what came of a wish, once: of two at the same time one is too late."""
    still = (floors.c.id == wish.id) & (floors.c.outcome == Outcome.ASKED)
    closed = update(floors).where(still)
    done = await db.execute(closed.values(outcome=outcome, decided_by=by.id, decided_at=now))
    if done.rowcount != 1:
        raise Decided


def _wish(row: Any) -> Wish:
    judged = {"severity": Severity(row.severity), "outcome": Outcome(row.outcome)}
    return Wish(**{**row._asdict(), **judged})
