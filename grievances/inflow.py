"""What came in, what ended, and what was open, week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, func, literal, select, union_all

from forum.members import Member
from grievances.case import cases, moves
from grievances.caseload import visible_to
from grievances.periods import Week
from grievances.spans import week_table, within
from grievances.states import ENDED, OPEN
from storage.base import EPOCH
from storage.unit_of_work import Reads


@dataclass(frozen=True, slots=True)
class Flow:
    """One week: cases *received*, *ended* and *reopened* after an end, and *open* at its end."""

    week: Week
    received: int
    ended: int
    reopened: int
    open: int


async def flows(db: Reads, member: Member, weeks: Sequence[Week]) -> Sequence[Flow]:
    """Return *weeks*, the oldest first, over the cases that *member* may see.

    A case is open until it is closed, withdrawn or found to be a duplicate.
    """
    before = Week(EPOCH, weeks[0].starts)
    week = week_table([before, *weeks])
    events = union_all(
        _events(member, received=1),
        _events(member, ended=1).where(moves.c.present.in_(OPEN), moves.c.state.in_(ENDED)),
        _events(member, reopened=1).where(moves.c.present.in_(ENDED), moves.c.state.in_(OPEN)),
    ).subquery("events")
    e = events.c
    found = await db.execute(
        select(
            week.c.n,
            func.sum(e.received).label("received"),
            func.sum(e.ended).label("ended"),
            func.sum(e.reopened).label("reopened"),
        )
        .select_from(week.join(events, within(week, e.at)))
        .group_by(week.c.n)
    )
    counted = {row.n: (int(row.received), int(row.ended), int(row.reopened)) for row in found}
    return _summed(weeks, counted)


def _events(
    member: Member, *, received: int = 0, ended: int = 0, reopened: int = 0
) -> Select[Any]:
    rows, at = (
        (cases, cases.c.received_at)
        if received
        else (moves.join(cases, cases.c.id == moves.c.case_id), moves.c.at)
    )
    marks = {"received": received, "ended": ended, "reopened": reopened}
    columns = [literal(n, Integer).label(name) for name, n in marks.items()]
    return select(at.label("at"), *columns).select_from(rows).where(visible_to(member))


def _summed(weeks: Sequence[Week], counted: dict[int, tuple[int, int, int]]) -> list[Flow]:
    flows, is_open = [], 0
    for n, week in enumerate([None, *weeks]):
        received, ended, reopened = counted.get(n, (0, 0, 0))
        is_open += received - ended + reopened
        if week is not None:
            flows.append(Flow(week, received, ended, reopened, is_open))
    return flows
