"""What is due when: every deadline that still runs, by the days of the forum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from forum.members import Member, members
from grievances.case import cases
from grievances.caseload import visible_to
from grievances.deadlines import RUNS, Step, deadlines
from grievances.periods import Week, midnight
from grievances.severity import Severity
from grievances.spans import week_table, within
from storage.unit_of_work import Reads

#: Due dates on a page.
PAGE: Final = 100

#: Of what is past due so many stand above; the queue has the others.
PAST: Final = 20

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Item:
    """One step of one case that is due, and who has the case."""

    case_id: str
    reference: str
    category: str | None
    severity: Severity
    assignee_name: str | None
    step: Step
    warn_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some items, the first due first, and the cursor of the next page; None: these were all."""

    items: Sequence[Item]
    next: str | None


async def between(
    db: Reads, member: Member, first: datetime, end: datetime, *, page: str | None = None
) -> Page:
    """Return what is due from *first* up to and without *end*, as far as *member* may see it.

    *page* is the ``next`` of the page before; a damaged one begins at the front.
    """
    d = deadlines.c
    asked = _items(member).where(d.due_at >= first, d.due_at < end)
    after = _after(page)
    if after is not None:
        asked = asked.where(after)
    found = [_item(row) for row in await db.execute(asked.limit(PAGE + 1))]
    return Page(found[:PAGE], _cursor(found[PAGE - 1]) if len(found) > PAGE else None)


async def past(db: Reads, member: Member, now: datetime) -> Sequence[Item]:
    """Return the first ``PAST`` of what *member* may see that was due before *now*, and one more.

    The one more says that there are others.
    """
    asked = _items(member).where(deadlines.c.due_at <= now).limit(PAST + 1)
    return [_item(row) for row in await db.execute(asked)]


async def by_day(
    db: Reads, member: Member, days: Sequence[date], zone: tzinfo, now: datetime
) -> dict[date, int]:
    """Return how many dates are due on each of *days*, which follow each other, from *now* on."""
    bounds = [midnight(day, zone) for day in (*days, days[-1] + _DAY)]
    day = week_table([Week(*both) for both in pairwise(bounds)])
    found = await db.execute(
        select(day.c.n, func.count().label("due"))
        .select_from(_running().join(day, within(day, deadlines.c.due_at)))
        .where(*_waits(member), deadlines.c.due_at > now)
        .group_by(day.c.n)
    )
    counted = {row.n: row.due for row in found}
    return {each: counted.get(number, 0) for number, each in enumerate(days)}


def _running() -> Any:
    return deadlines.join(cases, cases.c.id == deadlines.c.case_id)


def _waits(member: Member) -> Sequence[ColumnElement[bool]]:
    return RUNS, deadlines.c.paused_at.is_(None), visible_to(member)


def _items(member: Member) -> Select[Any]:
    d = deadlines.c
    return (
        select(
            d.case_id,
            cases.c.reference,
            cases.c.category,
            cases.c.severity,
            members.c.name.label("assignee_name"),
            d.step,
            d.warn_at,
            d.due_at,
        )
        .select_from(_running().outerjoin(members, members.c.id == cases.c.assignee))
        .where(*_waits(member))
        .order_by(d.due_at, d.case_id, d.step)
    )


def _item(row: Any) -> Item:
    return Item(**{**row._asdict(), "severity": Severity(row.severity), "step": Step(row.step)})


def _cursor(item: Item) -> str:
    return f"{item.due_at.isoformat()}_{item.case_id}_{item.step}"


def _after(page: str | None) -> ColumnElement[bool] | None:
    due, _, rest = (page or "").partition("_")
    case_id, _, step = rest.partition("_")
    try:
        at = datetime.fromisoformat(due)
    except ValueError:
        return None
    if not at.tzinfo or not case_id.isalnum() or step not in {*Step}:
        return None
    d, moment = deadlines.c, at.astimezone(UTC)
    return or_(
        d.due_at > moment,
        and_(
            d.due_at == moment, or_(d.case_id > case_id, and_(d.case_id == case_id, d.step > step))
        ),
    )
