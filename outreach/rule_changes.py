"""Rule changes: what a rule is about, to whom it applies, from when; and every edition of it.

An edition is worked on until it is published; from then on it stays as it was. What is changed
later is the next edition, and miners hear the old one until that is published, too. Nothing here
is anybody's secret: it is written to be told, and stands in clear.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    Text,
    and_,
    literal,
    select,
)

from forum.bodies import Site
from outreach.audiences import EVERYBODY, Audience
from outreach.rule_dates import FIELDS, NO_DATES, Dates
from storage.base import Instant, metadata
from storage.unit_of_work import Reads

rule_changes = Table(
    "rule_changes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # R7 on a phone
    Column("state", String(16), nullable=False),
    Column("edition", Integer, nullable=False),  # the newest, published or not
    Column("told", Integer),  # the edition that miners hear; None: none yet
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", String(32)),
)

#: Who made what is a member's id, or «system» (the demo forum); so it is no foreign key.
editions = Table(
    "rule_editions",
    metadata,
    Column("rule_id", String(32), ForeignKey("rule_changes.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("practice", String(16), nullable=False),
    Column("legal", String(200), nullable=False),
    Column("authority", String(200), nullable=False),
    Column("base", String(16), nullable=False),
    Column("applies", Text, nullable=False),  # an Audience, as its own JSON
    *(Column(name, Date) for name in FIELDS),
    Column("saves", Integer, nullable=False),  # how often it was kept: two editors are told apart
    Column("saved_at", Instant, nullable=False),
    Column("saved_by", String(32), nullable=False),
    Column("published_at", Instant),
    Column("published_by", String(32)),
)

#: Characters of the legal reference and of the authority.
LONGEST: Final = 200

_REFERENCE: Final = re.compile(r"r[\s-]?([0-9]{1,6})")


class Practice(StrEnum):
    """What the rule says of the practice that it is about."""

    UNACCEPTABLE = "unacceptable"  # it ends
    POOR = "poor"  # it is phased out
    GOOD = "good"  # it is asked for


class State(StrEnum):
    """Where a rule change stands. ``outreach.rule_drafting`` has its moves."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an edition says beside its words.

    *base*: the language in which it is written first, and which is read where a language and its
    relatives have nothing. *applies*: an empty field of it lets in everybody.
    """

    practice: Practice
    legal: str
    authority: str
    base: str
    applies: Audience = EVERYBODY
    dates: Dates = NO_DATES


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition; with *published_at*, it changes no more."""

    number: int
    facts: Facts
    saves: int
    saved_at: datetime
    saved_by: str
    published_at: datetime | None = None
    published_by: str | None = None

    @property
    def frozen(self) -> bool:
        """Whether it was published, so that a change makes another."""
        return self.published_at is not None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule change, seen through one of its editions. *newest* and *told* are editions, too."""

    id: str
    number: int
    state: State
    newest: int
    told: int | None
    edition: Edition
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None

    @property
    def reference(self) -> str:
        """What it is called on a phone: ``R7``."""
        return reference(self.number)

    @property
    def facts(self) -> Facts:
        """What the edition says beside its words."""
        return self.edition.facts

    @property
    def dates(self) -> Dates:
        """The edition's days."""
        return self.edition.facts.dates


def reference(number: int) -> str:
    """Return what the rule change with this number is called on a phone."""
    return f"R{number}"


def in_force(dates: Dates, today: date) -> bool:
    """Whether the rule holds on *today*."""
    return dates.in_force_on is not None and dates.in_force_on <= today


def announced(dates: Dates, today: date) -> bool:
    """Whether whoever asks on *today* may hear of it."""
    return dates.announced_on is not None and dates.announced_on <= today


def applies_to(rule: RuleChange, site: Site | None, role: str | None) -> bool:
    """Whether a rule is for somebody with this work at this site.

    Where we do not know the site or the work, it is only if the rule asks for none.
    """
    asks = rule.facts.applies
    place = (site.id, site.district, site.mineral) if site else (None, None, None)
    wanted = (asks.sites, asks.districts, asks.minerals, asks.roles)
    told = zip(wanted, (*place, role), strict=True)
    return all(not values or value in values for values, value in told)


async def published(db: Reads) -> Sequence[RuleChange]:
    """Return every published rule change as miners hear it, the newest announced first."""
    newest = (editions.c.announced_on.desc(), rule_changes.c.number.desc())
    told = _seen(rule_changes.c.told).where(rule_changes.c.state == State.PUBLISHED)
    return [_rule(row) for row in (await db.execute(told.order_by(*newest))).mappings()]


async def ever_published(db: Reads) -> Sequence[RuleChange]:
    """Return every rule change that miners hear or have heard, the newest announced first."""
    newest = (editions.c.announced_on.desc(), rule_changes.c.number.desc())
    told = _seen(rule_changes.c.told).order_by(*newest)
    return [_rule(row) for row in (await db.execute(told)).mappings()]


async def by_reference(db: Reads, text: str) -> RuleChange | None:
    """Return the published rule change that somebody typed: ``R7``, ``r 7`` or ``r-7``."""
    found = _REFERENCE.fullmatch(text.strip().casefold())
    if found is None:
        return None
    told = _seen(rule_changes.c.told).where(
        rule_changes.c.state == State.PUBLISHED, rule_changes.c.number == int(found[1])
    )
    row = (await db.execute(told)).mappings().one_or_none()
    return _rule(row) if row else None


async def every(db: Reads) -> Sequence[RuleChange]:
    """Return each rule change by its newest edition, the latest begun first."""
    newest = _seen(rule_changes.c.edition).order_by(rule_changes.c.number.desc())
    return [_rule(row) for row in (await db.execute(newest)).mappings()]


async def find(db: Reads, rule_id: str, edition: int | None = None) -> RuleChange | None:
    """Return one rule change by its newest *edition*, or by the one that is named."""
    wanted = rule_changes.c.edition if edition is None else literal(edition)
    one = _seen(wanted).where(rule_changes.c.id == rule_id)
    row = (await db.execute(one)).mappings().one_or_none()
    return _rule(row) if row else None


async def as_told(db: Reads, rule_id: str) -> RuleChange | None:
    """Return a rule change by the edition that miners hear; None: they hear none."""
    told = _seen(rule_changes.c.told).where(
        rule_changes.c.id == rule_id, rule_changes.c.state == State.PUBLISHED
    )
    row = (await db.execute(told)).mappings().one_or_none()
    return _rule(row) if row else None


async def history(db: Reads, rule_id: str) -> Sequence[Edition]:
    """Return every edition of a rule change, the newest first."""
    found = select(editions).where(editions.c.rule_id == rule_id)
    rows = await db.execute(found.order_by(editions.c.edition.desc()))
    return [_edition(row, row["edition"]) for row in rows.mappings()]


def row_of(facts: Facts) -> dict[str, Any]:
    """Return how *facts* are kept in ``rule_editions``."""
    return {
        "practice": facts.practice,
        "legal": facts.legal,
        "authority": facts.authority,
        "base": facts.base,
        "applies": facts.applies.to_json(),
        **{name: getattr(facts.dates, name) for name in FIELDS},
    }


def _seen(edition: ColumnElement[Any]) -> Select[Any]:
    """Select rule changes, each with the edition that *edition* names."""
    ours = and_(editions.c.rule_id == rule_changes.c.id, editions.c.edition == edition)
    named = [column for column in editions.c if column.name not in {"rule_id", "edition"}]
    chosen = select(
        rule_changes.c.id,
        rule_changes.c.number,
        rule_changes.c.state,
        rule_changes.c.edition.label("newest"),
        rule_changes.c.told,
        rule_changes.c.withdrawn_at,
        rule_changes.c.withdrawn_by,
        editions.c.edition.label("seen"),
        *named,
    )
    return chosen.select_from(rule_changes.join(editions, ours))


def _rule(row: RowMapping) -> RuleChange:
    return RuleChange(
        row["id"],
        row["number"],
        State(row["state"]),
        row["newest"],
        row["told"],
        _edition(row, row["seen"]),
        row["withdrawn_at"],
        row["withdrawn_by"],
    )


def _edition(row: RowMapping, number: int) -> Edition:
    facts = Facts(
        Practice(row["practice"]),
        row["legal"],
        row["authority"],
        row["base"],
        Audience.from_json(row["applies"]),
        Dates(**{name: row[name] for name in FIELDS}),
    )
    return Edition(
        number,
        facts,
        row["saves"],
        row["saved_at"],
        row["saved_by"],
        row["published_at"],
        row["published_by"],
    )
