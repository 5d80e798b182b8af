"""Enforcement before outreach has reached everybody: two people, a reason, and the public told.

What two people agreed to stays. It is shown in the public register by what they were and for
which body they sat, as that was on the day, and never by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from forum import bodies, members
from forum.members import Member, Right
from outreach import vouching
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

enforcement_overrides = Table(
    "enforcement_overrides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule_id", String(32), ForeignKey("rule_changes.id"), nullable=False),
    Column("edition", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("gaps", Integer, nullable=False),  # sites and languages below the threshold, then
    Column("threshold", Integer, nullable=False),  # percent, then
    Column("outcome", String(16), nullable=False),
    Column("asked_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("asked_role", String(16), nullable=False),
    Column("asked_body", String(200), nullable=False),  # empty: for none
    Column("asked_at", Instant, nullable=False),
    Column("decided_by", String(32), ForeignKey("members.id")),
    Column("decided_role", String(16)),
    Column("decided_body", String(200)),
    Column("decided_at", Instant),
    Index("ix_enforcement_overrides_rule_id", "rule_id", "edition"),
)

REASON_CHARACTERS: Final = 1000


class Outcome(StrEnum):
    """What came of it."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Refusal(StrEnum):
    """Why it is not done."""

    RIGHT = "right"  # may not do this (any more)
    AUTHOR = "author"  # asked for it
    LATER = "later"  # came to the forum after it was asked
    REASON = "reason"  # gave none, or too long a one
    NEEDLESS = "needless"  # the threshold is reached
    DAY = "day"  # a day to come, or before the rule says
    GAPS = "gaps"  # the threshold is not reached, and no override stands
    EARLY = "early"  # by the end of that day neither was so


class Refused(Exception):
    """It is not done. *why* says for what reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


class Changed(Exception):
    """It has gone on meanwhile."""


@dataclass(frozen=True, slots=True)
class Override:
    """One time that somebody asked. *gaps*: how many sites and languages were below then."""

    id: int
    rule_id: str
    edition: int
    reason: str
    gaps: int
    threshold: int
    outcome: Outcome
    asked_by: str
    asked_role: str
    asked_body: str
    asked_at: datetime
    decided_by: str | None
    decided_role: str | None
    decided_body: str | None
    decided_at: datetime | None


async def ask(
    db: Transaction,
    rule_id: str,
    edition: int,
    reason: str,
    *,
    gaps: int,
    threshold: int,
    by: Member,
    now: datetime,
) -> None:
    """Ask for a second person. Called by ``guard``, who holds the rule change.

    Raises ``Refused``, and ``Changed`` where somebody has asked already.
    """
    present = await _present(db, by, Right.BROADCAST)
    if not 0 < len(reason) <= REASON_CHARACTERS:
        raise Refused(Refusal.REASON)
    if any(one.outcome in _STANDING for one in await of(db, rule_id, edition)):
        raise Changed
    values = {
        "rule_id": rule_id,
        "edition": edition,
        "reason": reason,
        "gaps": gaps,
        "threshold": threshold,
        "outcome": Outcome.ASKED,
        "asked_by": present.id,
        "asked_role": present.role,
        "asked_body": await _body(db, present),
        "asked_at": now,
    }
    await db.execute(insert(enforcement_overrides).values(values))


#: Asked, or agreed: nobody asks beside it.
_STANDING: Final = frozenset({Outcome.ASKED, Outcome.AGREED})


async def agree(db: Transaction, asked: Override, *, by: Member, now: datetime) -> None:
    """Agree, as the second person. Raises ``Refused``, and ``Changed``."""
    why = await may_be_second(db, asked, by)
    if why is not None:
        raise Refused(why)
    await _decide(db, asked, Outcome.AGREED, by, now)


async def decline(db: Transaction, asked: Override, *, by: Member, now: datetime) -> Outcome:
    """Do not agree; who asked takes it back. Returns which. Raises ``Refused``, ``Changed``."""
    await _present(db, by, Right.READ_RULES)
    outcome = Outcome.WITHDRAWN if by.id == asked.asked_by else Outcome.DECLINED
    await _decide(db, asked, outcome, by, now)
    return outcome


async def may_be_second(db: Reads, asked: Override, by: Member) -> Refusal | None:
    """Return why *by* cannot be the second person; None: they can (``vouching``)."""
    why = await vouching.bar(db, by, author=asked.asked_by, since=asked.asked_at)
    return None if why is None else Refusal(why.value)


async def of(db: Reads, rule_id: str, edition: int) -> Sequence[Override]:
    """Return every time that somebody asked for one edition, the newest first."""
    its = enforcement_overrides.c
    found = select(*_SHOWN).where(its.rule_id == rule_id, its.edition == edition)
    rows = (await db.execute(found.order_by(its.id.desc()))).mappings()
    return [Override(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


async def agreed(db: Reads) -> Sequence[Override]:
    """Return every override that two people agreed to, of any rule change, the oldest first."""
    its = enforcement_overrides.c
    found = select(*_SHOWN).where(its.outcome == Outcome.AGREED).order_by(its.decided_at)
    rows = (await db.execute(found)).mappings()
    return [Override(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


_SHOWN = tuple(enforcement_overrides.c[name] for name in Override.__dataclass_fields__)


async def _decide(
    db: Transaction, asked: Override, outcome: Outcome, by: Member, now: datetime
) -> None:
    its = enforcement_overrides.c
    open_ = (its.id == asked.id) & (its.outcome == Outcome.ASKED)
    values = {
        "outcome": outcome,
        "decided_by": by.id,
        "decided_role": by.role,
        "decided_body": await _body(db, by),
        "decided_at": now,
    }
    decided = await db.execute(update(enforcement_overrides).where(open_).values(values))
    if decided.rowcount != 1:
        raise Changed


async def _present(db: Reads, by: Member, right: Right) -> Member:
    present = await members.get(db, by.id)
    if present is None or not present.may(right):
        raise Refused(Refusal.RIGHT)
    return present


async def _body(db: Reads, member: Member) -> str:
    body = await bodies.body_by_id(db, member.body_id) if member.body_id else None
    return body.name if body else ""
