"""How long cases wait for what they wait for, counted in the database by whole minutes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    column,
    func,
    literal,
    or_,
    select,
    type_coerce,
    values,
)

from forum.members import Member
from grievances.case import cases, moves
from grievances.caseload import visible_to
from grievances.deadlines import Step, deadlines
from grievances.periods import Week
from grievances.states import ENDED, State
from grievances.survival import Waited
from storage.base import Instant
from storage.unit_of_work import Reads

#: Instants are kept in microseconds.
_MINUTE: Final = 60_000_000


class Wait(StrEnum):
    """What is waited for."""

    ANSWER = "answer"  # the first words of a person
    TRIAGE = "triage"  # sorted, or sent elsewhere
    FEEDBACK = "feedback"  # something of substance, by the clock that ran last
    RESOLUTION = "resolution"  # the last one, unless the case was reopened after it


#: Ends that answer nothing: the matter is in another case, or the reporter took it back.
WITHOUT_OUTCOME: Final = frozenset({State.DUPLICATE, State.WITHDRAWN})


def week_table(weeks: Sequence[Week]) -> CTE:
    """Return *weeks* as a table of their number, from 0, and their bounds."""
    named = values(
        column("n", Integer),
        column("starts", Instant),
        column("ends", Instant),
        name="bounds",
    )
    return named.data([(n, week.starts, week.ends) for n, week in enumerate(weeks)]).cte("weeks")


def within(week: CTE, at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether *at* lies in a week."""
    return and_(at >= week.c.starts, at < week.c.ends)


async def waits(
    db: Reads, member: Member, wait: Wait, weeks: Sequence[Week], now: datetime
) -> Sequence[Waited]:
    """Return how long the cases received in *weeks* waited, as far as *member* may see them.

    Who has not come to it waits until *now*, or until the case ended without it.
    """
    week = week_table(weeks)
    begun, done = _BOUNDS[wait]()
    gone = case((cases.c.state.in_(ENDED), cases.c.moved_at), else_=literal(now, Instant))
    each = (
        _from(wait, week)
        .add_columns(
            week.c.n.label("week"),
            _minutes(begun, func.coalesce(done, gone)).label("minutes"),
            case((done.is_not(None), 1), else_=0).label("done"),
        )
        .where(visible_to(member))
        .subquery("each_case")
    )
    c = each.c
    counted = select(c.week, c.minutes, c.done, func.count().label("n"))
    found = await db.execute(counted.group_by(c.week, c.minutes, c.done))
    return [Waited(row.week, row.minutes, bool(row.done), row.n) for row in found]


def _from(wait: Wait, week: CTE) -> Select[Any]:
    received = cases.join(week, within(week, cases.c.received_at))
    if wait is Wait.FEEDBACK:
        of_step = and_(deadlines.c.case_id == cases.c.id, deadlines.c.step == Step.FEEDBACK)
        received = received.join(deadlines, of_step)
    return select().select_from(received)


def _minutes(start: ColumnElement[datetime], end: ColumnElement[datetime]) -> ColumnElement[int]:
    return (type_coerce(end, BigInteger) - type_coerce(start, BigInteger)) // _MINUTE


def _answer() -> tuple[ColumnElement[datetime], ColumnElement[datetime | None]]:
    return cases.c.received_at, cases.c.acknowledged_at


def _triage() -> tuple[ColumnElement[datetime], ColumnElement[datetime | None]]:
    judged = (State.TRIAGED, State.REDIRECTED)
    first = func.min(moves.c.at)
    return cases.c.received_at, _of_moves(
        first, moves.c.present == State.RECEIVED, moves.c.state.in_(judged)
    )


def _feedback() -> tuple[ColumnElement[datetime], ColumnElement[datetime | None]]:
    return deadlines.c.started_at, case((not_taken_off(), deadlines.c.met_at))


def not_taken_off() -> ColumnElement[bool]:
    """Whether a deadline was met by an act, and not by the case's end without an outcome."""
    return or_(cases.c.state.not_in(WITHOUT_OUTCOME), deadlines.c.met_at < cases.c.moved_at)


def _resolution() -> tuple[ColumnElement[datetime], ColumnElement[datetime | None]]:
    return cases.c.received_at, resolved_for_good()


def resolved_for_good() -> ColumnElement[datetime | None]:
    """Return when a case was resolved the last time; null where it was reopened since."""
    resolved = _of_moves(func.max(moves.c.at), moves.c.state == State.RESOLVED)
    reopened = _of_moves(func.max(moves.c.at), moves.c.state == State.REOPENED)
    return case((or_(reopened.is_(None), reopened < resolved), resolved))


def _of_moves(
    what: ColumnElement[Any], *which: ColumnElement[bool]
) -> ColumnElement[datetime | None]:
    its = select(what).where(moves.c.case_id == cases.c.id, *which)
    return its.correlate(cases).scalar_subquery()


_BOUNDS: Final[Mapping[Wait, Any]] = {
    Wait.ANSWER: _answer,
    Wait.TRIAGE: _triage,
    Wait.FEEDBACK: _feedback,
    Wait.RESOLUTION: _resolution,
}
