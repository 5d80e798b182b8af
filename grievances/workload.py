"""How the open cases lie on those who handle them: how many, how grave, how late, how old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, select

from forum import members
from forum.members import Member, Right
from grievances.case import cases
from grievances.caseload import NEAREST, WITH_NEAREST, visible_to
from grievances.severity import Severity
from grievances.states import OPEN
from storage.base import Instant
from storage.unit_of_work import Reads


@dataclass(frozen=True, slots=True)
class Load:
    """What one handler has open. *handler* None: nobody has these.

    *oldest* is when the oldest came; half of them came at *median* or before it. Both are None
    where there is no case.
    """

    handler: str | None
    name: str | None
    open: int
    overdue: int
    by_severity: dict[Severity, int]
    oldest: datetime | None
    median: datetime | None


async def loads(db: Reads, member: Member, now: datetime) -> Sequence[Load]:
    """Return the loads of everybody who may handle cases, as far as *member* may see the cases.

    First what nobody has, where there is any; then the longest list, and names in order.
    """
    found = await _counted(db, member, now)
    people = {each.id: each.name for each in await members.everyone(db) if each.may(Right.HANDLE)}
    free = [
        Load(handler, name, 0, 0, dict.fromkeys(Severity, 0), None, None)
        for handler, name in people.items()
        if handler not in {load.handler for load in found}
    ]
    return sorted([*found, *free], key=_place)


def _place(load: Load) -> tuple[bool, int, str]:
    return load.handler is not None, -load.open, load.name or ""


async def _counted(db: Reads, member: Member, now: datetime) -> list[Load]:
    each = _each_case(member)
    c = each.c
    # Of an even number the older one in the middle: an age that a case really has.
    middle = func.max(case((c.place == (c.of + 1) // 2, c.received_at)))
    found = await db.execute(
        select(
            c.assignee,
            members.members.c.name,
            func.count().label("open"),
            _sum(c.due_at <= now).label("overdue"),
            *(_sum(c.severity == severity).label(severity) for severity in Severity),
            func.min(c.received_at, type_=Instant).label("oldest"),
            middle.label("median"),
        )
        .select_from(each.outerjoin(members.members, members.members.c.id == c.assignee))
        .group_by(c.assignee, members.members.c.name)
    )
    return [_load(row) for row in found]


def _each_case(member: Member) -> Subquery:
    place = func.row_number().over(
        partition_by=cases.c.assignee, order_by=(cases.c.received_at, cases.c.id)
    )
    return (
        select(
            cases.c.assignee,
            cases.c.severity,
            cases.c.received_at,
            NEAREST.c.due_at,
            place.label("place"),
            func.count().over(partition_by=cases.c.assignee).label("of"),
        )
        .select_from(WITH_NEAREST)
        .where(visible_to(member), cases.c.state.in_(OPEN))
        .subquery("each_case")
    )


def _sum(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))


def _load(row: Any) -> Load:
    by_severity = {severity: int(getattr(row, severity)) for severity in Severity}
    return Load(
        row.assignee,
        row.name,
        row.open,
        int(row.overdue),
        by_severity,
        row.oldest,
        row.median,
    )
