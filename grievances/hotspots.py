"""Where one kind of case comes much oftener than it used to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select

from forum.bodies import sites
from forum.members import Member
from grievances.case import cases
from grievances.caseload import visible_to
from grievances.states import State
from storage.unit_of_work import Reads

#: Domain, section 6: three or more in 30 days, and twice the mean of the 180 days before them.
RECENT: Final = timedelta(days=30)
BEFORE: Final = timedelta(days=180)
LEAST: Final = 3
TIMES: Final = 2

#: Stretches of 30 days in the 180.
_STRETCHES: Final = BEFORE // RECENT


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A site and a category: *recent* cases in 30 days, *usual* in as long before."""

    site: str
    district: str
    category: str
    recent: int
    usual: float


@dataclass(frozen=True, slots=True)
class Repeated:
    """A case in a hot spot: it is number *nth* of its kind at its site in 30 days."""

    nth: int
    recent: int


async def repeated(db: Reads, member: Member, case_id: str, now: datetime) -> Repeated | None:
    """Return the place of a case in its hot spot, as *member* may see it; None: it is in none."""
    this = cases.alias("this")
    recent, earlier = _counts(now)
    upto = case((cases.c.received_at <= this.c.received_at, 1), else_=0)
    fresh = case((cases.c.received_at > now - RECENT, upto), else_=0)
    there = and_(cases.c.site_id == this.c.site_id, cases.c.category == this.c.category)
    found = await db.execute(
        select(cast(func.sum(fresh), Integer).label("nth"), recent.label("recent"))
        .select_from(cases.join(this, there))
        .where(
            this.c.id == case_id,
            this.c.received_at > now - RECENT,
            this.c.state != State.DUPLICATE,
            *_counted(member, now),
        )
        .having(recent >= LEAST, recent * _STRETCHES >= earlier * TIMES)
    )
    row = found.one_or_none()
    return Repeated(row.nth, row.recent) if row else None


async def hot_spots(db: Reads, member: Member, now: datetime) -> Sequence[HotSpot]:
    """Return the hot spots at *now* among the cases that *member* may see, the hottest first.

    A duplicate is no further case. What nobody has sorted, or has no site, is in none.
    """
    recent, earlier = _counts(now)
    found = await db.execute(
        select(
            sites.c.name,
            sites.c.district,
            cases.c.category,
            recent.label("recent"),
            earlier.label("earlier"),
        )
        .select_from(cases.join(sites, sites.c.id == cases.c.site_id))
        .where(*_counted(member, now))
        .group_by(sites.c.id, sites.c.name, sites.c.district, cases.c.category)
        .having(recent >= LEAST, recent * _STRETCHES >= earlier * TIMES)
        .order_by(recent.desc(), sites.c.name, cases.c.category)
    )
    return [
        HotSpot(row.name, row.district, row.category, row.recent, row.earlier / _STRETCHES)
        for row in found
    ]


def _counts(now: datetime) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return how many came in the 30 days, and how many before them."""
    fresh = case((cases.c.received_at > now - RECENT, 1), else_=0)
    return cast(func.sum(fresh), Integer), cast(func.sum(1 - fresh), Integer)


def _counted(member: Member, now: datetime) -> Sequence[ColumnElement[bool]]:
    return (
        visible_to(member),
        cases.c.received_at > now - RECENT - BEFORE,
        cases.c.received_at <= now,
        cases.c.category.is_not(None),
        cases.c.state != State.DUPLICATE,
    )
