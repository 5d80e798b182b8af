"""Nobody is punished for a rule before they could know it: when enforcement may begin.

The stages of a rule are law, outreach, assistance, monitoring and enforcement. The first two are
days of the rule change; the others are recorded here as they begin. Enforcement is refused while
any site and language has not been told all five parts, unless an override by two people stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table, select

from forum import audit, members
from forum.members import Member, Right
from outreach import coverage, overrides, populations, rule_changes, thresholds
from outreach.coverage import PARTS, Cell, Coverage, Until
from outreach.overrides import Changed, Outcome, Override, Refusal, Refused
from outreach.rule_changes import RuleChange
from outreach.thresholds import Threshold
from storage import upsert
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

rule_stages = Table(
    "rule_stages",
    metadata,
    Column("rule_id", String(32), ForeignKey("rule_changes.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("stage", String(16), primary_key=True),
    Column("day", Date, nullable=False),
    Column("begun_by", String(32), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("threshold", Integer),  # of enforcement: percent, then
    Column("override_id", Integer),  # of enforcement: by which it began; null: none was needed
)


class Stage(StrEnum):
    """What is recorded as begun, in the order in which it should."""

    ASSISTANCE = "assistance"
    MONITORING = "monitoring"
    ENFORCEMENT = "enforcement"


@dataclass(frozen=True, slots=True)
class Begun:
    """A stage that has begun."""

    stage: Stage
    day: date
    begun_by: str
    begun_at: datetime
    threshold: int | None
    override_id: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A site and language of which too few were told a part. *share*: 0 to 1."""

    site: str  # its code
    language: str
    part: int
    share: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether enforcement may begin. *threshold*: percent.

    *known*: of a day that is over, whether the people and the threshold of now were those of then.
    Where a rule applies to no site at all, nobody can be shown to have been told: there is no gap
    to close, and it may not begin.
    """

    coverage: Coverage
    threshold: int
    gaps: Sequence[Gap]
    override: Override | None
    known: bool = True

    @property
    def reached(self) -> bool:
        """Whether every site and language was told enough of each part."""
        return self.known and bool(self.coverage.cells) and not self.gaps

    @property
    def may_begin(self) -> bool:
        """Whether enforcement may begin, by coverage or by two people's word."""
        return self.reached or self.override is not None

    @property
    def places(self) -> int:
        """How many sites and languages have a gap."""
        return len({(gap.site, gap.language) for gap in self.gaps})


async def may_begin(db: Reads, rule: RuleChange, *, until: Until | None = None) -> Judgement:
    """Judge the edition through which *rule* is seen, as it stands now.

    With *until*, by what had been told and agreed to by the end of that day, among the people
    there are now. Where a threshold or a number of people was changed since, it cannot be shown
    that enough were told. So the longer ago, the less is reached, and never more.
    """
    seen = await coverage.read(db, rule, until=until)
    held = await thresholds.read(db)
    every = await overrides.of(db, rule.id, rule.edition.number)
    stands = next((one for one in every if _stands(one, until)), None)
    known = until is None or await _unchanged(db, seen, held, until)
    gaps = gaps_of(seen.cells, held.threshold)
    return Judgement(seen, held.threshold, gaps, stands, known)


async def _unchanged(db: Reads, seen: Coverage, held: Threshold, until: Until) -> bool:
    stated = await populations.moved_at(db, [site.id for site in seen.sites])
    return all(moved is None or moved < until.at for moved in (held.moved_at, stated))


def _stands(one: Override, until: Until | None) -> bool:
    if one.outcome is not Outcome.AGREED or one.decided_at is None:
        return False
    return until is None or one.decided_at < until.at


async def earliest(
    db: Reads, rule: RuleChange, after: date, *, today: date, zone: tzinfo
) -> date | None:
    """Return the first day behind *after* on which enforcement could have begun; None: none yet.

    It halves the days in between: each is a reading of the coverage.
    """
    if not (await may_begin(db, rule)).may_begin:
        return None
    first, last = after + timedelta(days=1), today
    while first < last:
        middle = first + timedelta(days=(last - first).days // 2)
        judged = await may_begin(db, rule, until=Until.end_of(middle, zone))
        first, last = (first, middle) if judged.may_begin else (middle + timedelta(days=1), last)
    return last


def gaps_of(cells: Sequence[Cell], threshold: int) -> list[Gap]:
    """Return what is missing at each site and language, part by part.

    Where too few are listed to judge by the list, all is: it needs a statement, or an override.
    """
    return [
        Gap(cell.site.code, cell.language, part, cell.share(part))
        for cell in cells
        for part in (PARTS if cell.unjudged else cell.lacking(threshold))
    ]


async def begin(
    db: Transaction,
    rule_id: str,
    stage: Stage,
    day: date,
    *,
    by: Member,
    now: datetime,
    today: date,
) -> None:
    """Record that assistance or monitoring began on *day*; said again, it is corrected.

    Raises ``Refused``, and ``Changed`` where miners hear no such rule. Enforcement has a way of
    its own: ``begin_enforcement``.
    """
    if stage is Stage.ENFORCEMENT:
        raise ValueError(stage)
    rule = await _held(db, rule_id)
    await _check(db, by)
    if day > today:
        raise Refused(Refusal.DAY)
    values = {"day": day, "begun_by": by.id, "begun_at": now}
    key = {"rule_id": rule.id, "edition": rule.edition.number, "stage": stage}
    new = upsert.insert(db, rule_stages).values(**key, **values)
    await db.execute(new.on_conflict_do_update(index_elements=[*key], set_=values))
    await _record(db, "stage.recorded", rule, by, now)


async def begin_enforcement(
    db: Transaction, rule_id: str, day: date, *, by: Member, now: datetime, zone: tzinfo
) -> None:
    """Record that enforcement began on *day*, of the forum's *zone*, which then stays.

    Raises ``Refused`` while there is a gap and no override stands, for a day by whose end that
    was so, for one to come or before the rule's own, and for who may not; and ``Changed``.
    """
    rule = await _held(db, rule_id)
    await _check(db, by)
    planned, today = rule.dates.enforcement_from, now.astimezone(zone).date()
    if planned is None or not planned <= day <= today:
        raise Refused(Refusal.DAY)
    over = Until.end_of(day, zone) if day < today else None
    judged = await may_begin(db, rule, until=over)
    if not judged.may_begin:
        raise Refused(Refusal.GAPS if over is None else Refusal.EARLY)
    by_override = judged.override.id if judged.override and not judged.reached else None
    row = {
        "rule_id": rule.id,
        "edition": rule.edition.number,
        "stage": Stage.ENFORCEMENT,
        "day": day,
        "begun_by": by.id,
        "begun_at": now,
        "threshold": judged.threshold,
        "override_id": by_override,
    }
    if (await db.execute(upsert.insert_new(db, rule_stages), row)).rowcount != 1:
        raise Changed
    await _record(db, "enforcement.begun", rule, by, now)


async def ask_override(
    db: Transaction, rule_id: str, reason: str, *, by: Member, now: datetime
) -> None:
    """Ask a second person to let enforcement begin in spite of its gaps.

    Raises ``Refused`` and ``Changed``.
    """
    rule = await _held(db, rule_id)
    judged = await may_begin(db, rule)
    if judged.reached:
        raise Refused(Refusal.NEEDLESS)
    at = {"gaps": judged.places, "threshold": judged.threshold}
    await overrides.ask(db, rule.id, rule.edition.number, reason, **at, by=by, now=now)
    await _record(db, "enforcement.asked", rule, by, now)


async def agree(db: Transaction, rule_id: str, asked: int, *, by: Member, now: datetime) -> None:
    """Agree to the override with the id *asked*. Raises ``Refused`` and ``Changed``."""
    rule, override = await _open(db, rule_id, asked)
    await overrides.agree(db, override, by=by, now=now)
    await _record(db, "enforcement.agreed", rule, by, now)


async def decline(db: Transaction, rule_id: str, asked: int, *, by: Member, now: datetime) -> None:
    """Decline it, or take it back. Raises ``Refused`` and ``Changed``."""
    rule, override = await _open(db, rule_id, asked)
    withdrawn = await overrides.decline(db, override, by=by, now=now) is Outcome.WITHDRAWN
    act = "enforcement.withdrawn" if withdrawn else "enforcement.declined"
    await _record(db, act, rule, by, now)


async def stages(db: Reads, rule_id: str, edition: int) -> Mapping[Stage, Begun]:
    """Return what has begun of one edition."""
    its = rule_stages.c
    found = select(*_SHOWN).where(its.rule_id == rule_id, its.edition == edition)
    rows = (await db.execute(found)).mappings()
    return {Stage(row["stage"]): Begun(**{**row, "stage": Stage(row["stage"])}) for row in rows}


async def every_stage(db: Reads) -> Mapping[str, Mapping[int, Mapping[Stage, Begun]]]:
    """Return what has begun, by rule change and edition."""
    found: dict[str, dict[int, dict[Stage, Begun]]] = {}
    its = rule_stages.c
    asked = select(its.rule_id, *_SHOWN, its.edition).order_by(its.edition)
    for row in (await db.execute(asked)).mappings():
        stage = Stage(row["stage"])
        one = Begun(**{**{name: row[name] for name in _NAMES}, "stage": stage})
        found.setdefault(row["rule_id"], {}).setdefault(row["edition"], {})[stage] = one
    return found


_NAMES = tuple(Begun.__dataclass_fields__)
_SHOWN = tuple(rule_stages.c[name] for name in _NAMES)


async def _held(db: Transaction, rule_id: str) -> RuleChange:
    """Return a published rule change by the edition that miners hear; nobody else changes it."""
    this = rule_changes.rule_changes.c.id == rule_id
    await db.execute(select(rule_changes.rule_changes.c.id).where(this).with_for_update())
    told = await rule_changes.as_told(db, rule_id)
    if told is None:
        raise Changed
    return told


async def _open(db: Transaction, rule_id: str, asked: int) -> tuple[RuleChange, Override]:
    rule = await _held(db, rule_id)
    every = await overrides.of(db, rule.id, rule.edition.number)
    found = next((one for one in every if one.id == asked), None)
    if found is None or found.outcome is not Outcome.ASKED:
        raise Changed
    return rule, found


async def _check(db: Reads, by: Member) -> None:
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.BROADCAST):
        raise Refused(Refusal.RIGHT)


async def _record(db: Transaction, act: str, rule: RuleChange, by: Member, now: datetime) -> None:
    await audit.record(db, actor=by.id, act=act, subject=rule.reference, now=now)
