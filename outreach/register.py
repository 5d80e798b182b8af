"""The public register: each rule that was published, who has been told of it, and each override.

Anybody may read it, so there are no names, no sites and no small counts. Coverage is counted once
a week and stays so: two pages of one week cannot be subtracted from each other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table, func, select

from forum import bodies, suppression
from forum.circulation import Cell
from forum.suppression import Shown, thresholds
from outreach import coverage, guard, overrides, rule_changes, rule_texts
from outreach.guard import Begun, Stage
from outreach.overrides import Override
from outreach.rule_changes import RuleChange
from outreach.rule_texts import Texts
from storage import upsert
from storage.base import metadata
from storage.engine import Database
from storage.unit_of_work import Reads

#: People of a district, and how many of them were told all five parts, once a week.
coverage_weeks = Table(
    "coverage_weeks",
    metadata,
    Column("rule_id", String(32), ForeignKey("rule_changes.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("week", Date, primary_key=True),  # its Monday
    Column("district", String(100), primary_key=True),
    Column("told", Integer, nullable=False),
    Column("people", Integer, nullable=False),
    Column("offline", Integer),  # of those told, not by telephone; null: not counted apart then
)

#: The columns of a table that is shown: told all five parts, and not.
TOLD: Final = "told"
MISSED: Final = "missed"


@dataclass(frozen=True, slots=True)
class Week:
    """The counts of one week, by district: (told all five parts, people).

    *offline*: how many of all who were told were not told by telephone; None: not counted apart.
    """

    monday: date
    districts: Mapping[str, tuple[int, int]]
    offline: int | None = None

    @property
    def told(self) -> int:
        """How many were told all five parts."""
        return sum(told for told, _ in self.districts.values())


@dataclass(frozen=True, slots=True)
class Line:
    """One rule change. *week*: None as long as nothing was counted.

    *begun*: the stages that were recorded, by edition, the oldest first.
    """

    rule: RuleChange
    texts: Texts
    week: Week | None
    begun: Mapping[int, Mapping[Stage, Begun]]
    overrides: Sequence[Override]

    @property
    def enforced(self) -> Mapping[int, Begun]:
        """The enforcement of each edition that is enforced, be it told no more."""
        return {
            edition: its[Stage.ENFORCEMENT]
            for edition, its in self.begun.items()
            if Stage.ENFORCEMENT in its
        }

    @property
    def enforcement(self) -> Begun | None:
        """The enforcement of the edition that is told."""
        return self.enforced.get(self.rule.edition.number)

    @property
    def days(self) -> Mapping[str, date]:
        """When each stage began: assistance and monitoring as the newest edition has them.

        Of enforcement that of the edition that is told, for each edition begins its own.
        """
        found = {stage: one.day for its in self.begun.values() for stage, one in its.items()}
        found.pop(Stage.ENFORCEMENT, None)
        if self.enforcement:
            found[Stage.ENFORCEMENT] = self.enforcement.day
        return {str(stage): day for stage, day in found.items()}


def monday_of(now: datetime, zone: tzinfo) -> date:
    """Return the first day of the forum's week."""
    today = now.astimezone(zone).date()
    return today - timedelta(days=today.weekday())


def shown(week: Week) -> Shown:
    """Return a week's table as anybody may see it. Slow: call it in a thread."""
    rows = sorted(week.districts)
    inner = {}
    for district, (told, people) in week.districts.items():
        inner[Cell(district, TOLD)] = told
        inner[Cell(district, MISSED)] = people - told
    return suppression.published(inner, rows, [TOLD, MISSED], thresholds())


def offline_share(week: Week) -> float | None:
    """Return which share of those told was told without a telephone; None: it is not shown.

    Nor is it where either side is so few that they could be made out.
    """
    if week.offline is None or not week.told:
        return None
    sides = (week.offline, week.told - week.offline)
    return None if any(0 < side < suppression.K for side in sides) else week.offline / week.told


async def count(database: Database, now: datetime, zone: tzinfo) -> int:
    """Count each published rule that was not counted this week; return how many that were."""
    async with database.reading() as reads:
        fresh = await due(reads, now, zone)
    for rule in fresh:
        async with database.reading() as reads:
            rows = await _rows(reads, rule, monday_of(now, zone))
        if rows:
            async with database.transaction() as db:
                await db.execute(upsert.insert_new(db, coverage_weeks), rows)
    return len(fresh)


async def due(db: Reads, now: datetime, zone: tzinfo) -> Sequence[RuleChange]:
    """Return the published rules that apply at some site and were not counted this week."""
    done, sites = await _counted(db, monday_of(now, zone)), await bodies.all_sites(db)
    return [
        rule
        for rule in await rule_changes.published(db)
        if (rule.id, rule.edition.number) not in done
        and coverage.places(rule.facts.applies, sites)
    ]


async def _counted(db: Reads, monday: date) -> frozenset[tuple[str, int]]:
    of = coverage_weeks.c
    found = select(of.rule_id, of.edition).where(of.week == monday).distinct()
    return frozenset((row.rule_id, row.edition) for row in await db.execute(found))


async def _rows(db: Reads, rule: RuleChange, monday: date) -> list[dict[str, object]]:
    told, people, offline = Counter[str](), Counter[str](), Counter[str]()
    for cell in (await coverage.read(db, rule)).cells:
        told[cell.site.district] += cell.whole
        offline[cell.site.district] += cell.unheard
        people[cell.site.district] += cell.people
    own = {"rule_id": rule.id, "edition": rule.edition.number, "week": monday}
    return [
        {
            **own,
            "district": district,
            "told": told[district],
            "people": number,
            "offline": offline[district],
        }
        for district, number in sorted(people.items())
    ]


async def read(db: Reads) -> Sequence[Line]:
    """Return every rule change that miners have ever heard, the newest first.

    One that was withdrawn stays: what was done by it was done.
    """
    rules = await rule_changes.ever_published(db)
    texts = await rule_texts.told_titles(db)
    weeks = await _weeks(db)
    begun = await guard.every_stage(db)
    agreed = await overrides.agreed(db)
    return [
        Line(
            rule,
            texts.get(rule.id, {}),
            weeks.get((rule.id, rule.edition.number)),
            begun.get(rule.id, {}),
            [one for one in agreed if one.rule_id == rule.id],
        )
        for rule in rules
    ]


async def _weeks(db: Reads) -> Mapping[tuple[str, int], Week]:
    of = coverage_weeks.c
    newest = (
        select(of.rule_id, of.edition, func.max(of.week).label("week"))
        .group_by(of.rule_id, of.edition)
        .subquery()
    )
    same = (
        (newest.c.rule_id == of.rule_id)
        & (newest.c.edition == of.edition)
        & (newest.c.week == of.week)
    )
    found: dict[tuple[str, int], dict[str, tuple[int, int]]] = {}
    mondays: dict[tuple[str, int], date] = {}
    offline: dict[tuple[str, int], list[int | None]] = {}
    for row in await db.execute(select(coverage_weeks).join(newest, same)):
        key = (row.rule_id, row.edition)
        mondays[key] = row.week
        offline.setdefault(key, []).append(row.offline)
        found.setdefault(key, {})[row.district] = (row.told, row.people)
    return {
        key: Week(mondays[key], districts, _total(offline[key]))
        for key, districts in found.items()
    }


def _total(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None
