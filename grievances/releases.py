"""What has been counted for publication: each case once, in a quarter that is over, for good.

Two tables of which one holds a case more would give that case away, however well each is guarded
by itself. So no case is in two tables, and no table is reckoned again from what has changed since:
a case's district and category are kept as they stood when it was counted. See
docs/decisions/small-cells.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    and_,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
)

from forum.bodies import sites
from forum.circulation import Cell
from forum.members import Member
from forum.suppression import K_GRAVE, Shown, published, thresholds
from grievances.case import cases
from grievances.caseload import visible_to
from grievances.periods import Quarter, quarter_named, quarter_of, quarters_between
from grievances.states import State
from grievances.taxonomy import DEFAULT, Taxonomy
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new

releases = Table(
    "releases",
    metadata,
    Column("quarter", String(8), primary_key=True),
    Column("part", String(8), primary_key=True),
    Column("at", Instant, nullable=False),
)

counted = Table(
    "counted",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.id"), primary_key=True),
    Column("quarter", String(8), nullable=False),
    Column("part", String(8), nullable=False),
    Column("district", String(100), nullable=False),
    Column("category", String(8), nullable=False),
)
Index("ix_counted_release", counted.c.quarter, counted.c.part)

#: What is counted under no district, or not sorted by anybody, is counted under this.
UNKNOWN: Final = ""


class Part(StrEnum):
    """Which of the two tables of a quarter."""

    ORDINARY = "ordinary"  # as soon as the quarter is over
    GRAVE = "grave"  # a quarter later; with it what nobody had sorted before


@dataclass(frozen=True, slots=True)
class Release:
    """One table that may be shown to anybody."""

    quarter: Quarter
    part: Part
    table: Shown


async def due(db: Reads, now: datetime, zone: tzinfo) -> Sequence[tuple[Quarter, Part]]:
    """Return what could be released and is not yet, in the order in which it is to be done."""
    oldest = (await db.execute(select(func.min(cases.c.received_at)))).scalar()
    if oldest is None:
        return []
    newest = select(releases.c.part, func.max(releases.c.quarter).label("quarter"))
    found = await db.execute(newest.group_by(releases.c.part))
    done = {row.part: quarter_named(row.quarter) for row in found}
    first, closed = quarter_of(oldest, zone), quarter_of(now, zone).before
    last = {Part.ORDINARY: closed, Part.GRAVE: closed.before}
    waiting = [
        (quarter, part)
        for part, until in last.items()
        for quarter in quarters_between(_after(done.get(part), first), until)
    ]
    return sorted(waiting, key=_turn)


def _after(done: Quarter | None, first: Quarter) -> Quarter:
    return done.next if done else first


def _turn(one: tuple[Quarter, Part]) -> tuple[Quarter, bool]:
    """Order by when each falls due. A case that was sorted late is told in its own quarter."""
    quarter, part = one
    return (quarter, True) if part is Part.ORDINARY else (quarter.next, False)


async def release(
    db: Transaction,
    quarter: Quarter,
    part: Part,
    now: datetime,
    zone: tzinfo,
    taxonomy: Taxonomy = DEFAULT,
) -> None:
    """Count what belongs into this table. Whoever comes second counts nothing.

    What *taxonomy* calls grave comes a quarter later, by at least 10 (domain, section 5).
    """
    row = {"quarter": quarter.name, "part": part, "at": now}
    if (await db.execute(insert_new(db, releases), row)).rowcount != 1:
        return
    facts = select(
        cases.c.id,
        literal(quarter.name),
        literal(part.value),
        func.coalesce(cases.c.district, UNKNOWN),
        func.coalesce(cases.c.category, UNKNOWN),
    ).where(
        # Not «received since the quarter began»: one that came in late, by way of the spool, is
        # counted in the next table rather than never, and rather than in one that is out.
        cases.c.received_at < quarter.ends(zone),
        cases.c.state != State.DUPLICATE,
        not_(exists().where(counted.c.case_id == cases.c.id)),
        true() if part is Part.GRAVE else not_(_grave(taxonomy)),
    )
    await db.execute(insert(counted).from_select(list(counted.c.keys()), facts))


def _grave(taxonomy: Taxonomy) -> ColumnElement[bool]:
    """Whether a case must wait; one that nobody has sorted could be about anything."""
    return or_(
        cases.c.category.is_(None),
        cases.c.category.in_(sorted(taxonomy.grave)),
        cases.c.lane.is_not(None),
        cases.c.quarantine,
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted for one table, before anything is hidden. Not to be shown."""

    quarter: Quarter
    part: Part
    counts: Mapping[Cell, int]
    districts: Sequence[str]
    quiet: frozenset[str]  # fewer than ten cases in a year


def over(quarter: Quarter, part: Part, now: datetime, zone: tzinfo) -> bool:
    """Whether a table may be out: a matter of time alone, so that its absence tells nothing."""
    waits_for = quarter if part is Part.ORDINARY else quarter.next
    return waits_for < quarter_of(now, zone)


async def tally(db: Reads, member: Member, quarter: Quarter, part: Part) -> Tally:
    """Return the counts of a table over what *member* may see.

    Only of one that is ``over``, and after what is ``due`` was released.
    """
    this = and_(counted.c.quarter == quarter.name, counted.c.part == part)
    of_year = counted.c.quarter.in_([one.name for one in quarter.year_up_to()])
    c = counted.c
    found = await db.execute(
        _seen(member, c.district, c.category, func.count().label("n"))
        .where(this)
        .group_by(c.district, c.category)
    )
    counts = {Cell(row.district, row.category): row.n for row in found}
    year = await db.execute(
        _seen(member, c.district, func.count().label("n"))
        .where(of_year, c.part == part)
        .group_by(c.district)
    )
    in_year = {row.district: row.n for row in year}
    known = (await db.execute(select(sites.c.district).distinct())).scalars()
    districts = sorted({*known, *in_year} - {UNKNOWN})
    quiet = {one for one in (*districts, UNKNOWN) if in_year.get(one, 0) < K_GRAVE}
    return Tally(quarter, part, counts, [*districts, UNKNOWN], frozenset(quiet))


def _seen(member: Member, *columns: ColumnElement[Any]) -> Select[Any]:
    joined = counted.join(cases, cases.c.id == counted.c.case_id)
    return select(*columns).select_from(joined).where(visible_to(member))


def reckoned(tally: Tally, taxonomy: Taxonomy = DEFAULT) -> Release:
    """Return the table of *tally* as it may be shown. Slow: call it in a thread.

    It has a column for each category that can be chosen now, and for each that was met then.
    """
    grave = tally.part is Part.GRAVE
    always = {key for key in taxonomy.offered if (key in taxonomy.grave) is grave}
    met = {cell.column for cell in tally.counts}
    columns = [key for key in (*taxonomy.categories, UNKNOWN) if key in always or key in met]
    k = thresholds(grave=taxonomy.grave, quiet=tally.quiet, all_grave=grave)
    table = published(tally.counts, tally.districts, columns, k)
    return Release(tally.quarter, tally.part, table)
