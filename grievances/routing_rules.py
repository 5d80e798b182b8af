"""The forum's own rules of where a case goes: what it is about, where, in which language; a seat.

The most specific rule that fits wins, and of two that say as much the one that stands first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    Column,
    ForeignKey,
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
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

routing_rules = Table(
    "routing_rules",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("category", String(8)),
    Column("site_id", String(32), ForeignKey("sites.id")),
    Column("district", String(100)),
    Column("language", String(16)),
    Column("seat_id", String(32), ForeignKey("seats.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(32), nullable=False),
)

#: A site lies in a district, so it says as much as a district and something more.
_SAYS = {"category": 1, "site_id": 2, "district": 1, "language": 1}


class SaysNothing(ValueError):
    """A rule without any condition would send every case to one seat."""


class There(ValueError):
    """The very same rule is there already."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule looks at; None: not known."""

    category: str | None = None
    site_id: str | None = None
    district: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Cases with these facts go to this seat; None: whatever it is."""

    id: str
    category: str | None
    site_id: str | None
    district: str | None
    language: str | None
    seat_id: str
    position: int

    @property
    def weight(self) -> int:
        """How specific it is."""
        return sum(says for name, says in _SAYS.items() if getattr(self, name) is not None)

    def fits(self, facts: Facts) -> bool:
        """Whether it speaks of a case with these facts."""
        return all(getattr(self, name) in {None, getattr(facts, name)} for name in _SAYS)


async def rules(db: Reads) -> Sequence[Rule]:
    """Return every rule, in the order in which they are asked."""
    columns = [routing_rules.c[name] for name in Rule.__dataclass_fields__]
    found = [Rule(**row) for row in (await db.execute(select(*columns))).mappings()]
    return sorted(found, key=lambda rule: (-rule.weight, rule.position, rule.id))


def winner(ordered: Sequence[Rule], facts: Facts) -> Rule | None:
    """Return the rule that decides over a case; None: none speaks of it."""
    return next((rule for rule in ordered if rule.fits(facts)), None)


async def add(db: Transaction, facts: Facts, seat_id: str, *, by: str, now: datetime) -> str:
    """Add a rule behind those that say as much, and return its id; *by* is a member's id.

    Raises ``SaysNothing`` and ``There``.
    """
    if facts == Facts():
        raise SaysNothing
    here = await rules(db)
    if any(_facts(rule) == facts and rule.seat_id == seat_id for rule in here):
        raise There
    rule_id = uuid4().hex
    last = max((rule.position for rule in here), default=0)
    await db.execute(
        insert(routing_rules).values(
            id=rule_id,
            category=facts.category,
            site_id=facts.site_id,
            district=facts.district,
            language=facts.language,
            seat_id=seat_id,
            position=last + 1,
            made_at=now,
            made_by=by,
        )
    )
    await audit.record(db, actor=by, act="rule.added", subject=rule_id, now=now)
    return rule_id


async def put_first(db: Transaction, rule_id: str, *, by: str, now: datetime) -> None:
    """Let a rule stand before all that say as much."""
    first = select(func.min(routing_rules.c.position) - 1).scalar_subquery()
    one = routing_rules.c.id == rule_id
    moved = await db.execute(update(routing_rules).where(one).values(position=first))
    if moved.rowcount:
        await audit.record(db, actor=by, act="rule.first", subject=rule_id, now=now)


async def remove(db: Transaction, rule_id: str, *, by: str, now: datetime) -> Rule | None:
    """Take a rule away and return it as it was; None: there is no such rule."""
    was = next((rule for rule in await rules(db) if rule.id == rule_id), None)
    if was is not None:
        await db.execute(delete(routing_rules).where(routing_rules.c.id == rule_id))
        await audit.record(db, actor=by, act="rule.removed", subject=rule_id, now=now)
    return was


def _facts(rule: Rule) -> Facts:
    return Facts(rule.category, rule.site_id, rule.district, rule.language)
