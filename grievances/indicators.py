"""How the forum does by its cases: figures that are reckoned, never typed (domain, section 6).

Every figure says of how many it speaks. What nothing in the tables can answer is there as well,
with no value and an *n* of 0: nobody shall take silence for a zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from forum.members import Member
from grievances.bells import Kind as Rang
from grievances.bells import bells
from grievances.case import cases, moves
from grievances.caseload import visible_to
from grievances.checks import Answer
from grievances.deadlines import Step, deadlines
from grievances.followups import Kind, followups
from grievances.leading import STANDS, links
from grievances.leading import Kind as Linked
from grievances.periods import Week
from grievances.severity import Severity
from grievances.spans import WITHOUT_OUTCOME, Wait, not_taken_off, resolved_for_good
from grievances.states import OPEN, State
from grievances.survival import MEDIAN, P90, Waited, quantile
from storage.base import MICROSECOND
from storage.unit_of_work import Reads

#: A case should be resolved within so long (domain, section 6).
RESOLVED_WITHIN: Final = timedelta(days=90)

#: Open, judged and not on its way out: somebody should have it.
WANTS_SOMEBODY: Final = OPEN - {
    State.RECEIVED,
    State.REDIRECTED,
    State.RESOLVED,
    State.MONITORING,
}


_C = followups.c


class Name(StrEnum):
    """What is measured."""

    ACKNOWLEDGED = "acknowledged"
    ANSWER_MEDIAN = "answer_median"
    ANSWER_P90 = "answer_p90"
    TRIAGE_MEDIAN = "triage_median"
    TRIAGE_P90 = "triage_p90"
    FEEDBACK_MEDIAN = "feedback_median"
    FEEDBACK_P90 = "feedback_p90"
    RESOLUTION_MEDIAN = "resolution_median"
    RESOLUTION_P90 = "resolution_p90"
    ON_TIME = "on_time"
    OVERDUE = "overdue"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    RESPONDED = "responded"
    REOPENED = "reopened"
    APPEALED = "appealed"
    UNROUTED = "unrouted"
    RECEIPTS = "receipts"
    ESCALATED = "escalated"
    UPHELD = "upheld"
    ANONYMOUS = "anonymous"
    RETALIATION = "retaliation"
    COVERAGE = "coverage"  # of the checks on retaliation


class Unit(StrEnum):
    """What a figure's value is."""

    COUNT = "count"
    SHARE = "share"  # from 0 to 1
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure over *n* cases, or deadlines, or questions.

    *value* None: where *n* is 0 there is no data; for a quantile of more, it is not reached yet.
    """

    name: Name
    unit: Unit
    value: float | None
    n: int
    severity: Severity | None = None


#: Where each pair of quantiles comes from.
QUANTILES: Final[Mapping[Wait, tuple[Name, Name]]] = {
    Wait.ANSWER: (Name.ANSWER_MEDIAN, Name.ANSWER_P90),
    Wait.TRIAGE: (Name.TRIAGE_MEDIAN, Name.TRIAGE_P90),
    Wait.FEEDBACK: (Name.FEEDBACK_MEDIAN, Name.FEEDBACK_P90),
    Wait.RESOLUTION: (Name.RESOLUTION_MEDIAN, Name.RESOLUTION_P90),
}

#: What no table of ours can tell: the receipt's message is tied to no case in the ledger, nobody's
#: name is kept or asked for.
NOT_KNOWN: Final = (
    (Name.RECEIPTS, Unit.SHARE),
    (Name.ANONYMOUS, Unit.SHARE),
)


def quantiles(waits: Mapping[Wait, Sequence[Waited]]) -> Iterator[Figure]:
    """Yield median and p90 of each kind of wait; those that still wait count as «not yet»."""
    for wait, names in QUANTILES.items():
        n = sum(each.n for each in waits[wait])
        for name, share in zip(names, (MEDIAN, P90), strict=True):
            yield Figure(name, Unit.MINUTES, quantile(waits[wait], share), n)


def not_known() -> Iterator[Figure]:
    """Yield what is asked for and cannot be answered yet."""
    return (Figure(name, unit, None, 0) for name, unit in NOT_KNOWN)


async def counted(
    db: Reads, member: Member, weeks: Sequence[Week], now: datetime
) -> Sequence[Figure]:
    """Return the figures that are counts and shares, over the cases that *member* may see.

    Shares are of the cases received in *weeks*; what is overdue or unrouted, of all cases *now*.
    """
    theirs = and_(visible_to(member), cases.c.received_at >= weeks[0].starts)
    return [
        *await _deadlines(db, theirs, now),
        *await _outcomes(db, theirs, now),
        await _upheld(db, theirs),
        *await _check_ins(db, theirs),
        *await _retaliation(db, member, theirs),
        *await _overdue(db, visible_to(member), now),
        await _unrouted(db, visible_to(member)),
    ]


def _share(name: Name, part: int, n: int, severity: Severity | None = None) -> Figure:
    return Figure(name, Unit.SHARE, part / n if n else None, n, severity)


async def _deadlines(db: Reads, theirs: ColumnElement[bool], now: datetime) -> list[Figure]:
    """Judge the deadlines that were met, or have passed; one that still runs says nothing yet."""
    judged = or_(
        and_(deadlines.c.met_at.is_not(None), not_taken_off()),
        and_(deadlines.c.met_at.is_(None), deadlines.c.due_at <= now),
    )
    in_time = case((deadlines.c.met_at <= deadlines.c.due_at, 1), else_=0)
    found = await db.execute(
        select(
            cases.c.severity,
            deadlines.c.step,
            func.count().label("n"),
            func.sum(in_time).label("in_time"),
        )
        .select_from(deadlines.join(cases, cases.c.id == deadlines.c.case_id))
        .where(theirs, judged)
        .group_by(cases.c.severity, deadlines.c.step)
    )
    rows = list(found)
    return [
        _met(Name.ACKNOWLEDGED, [row for row in rows if row.step == Step.ACKNOWLEDGE]),
        *(
            _met(Name.ON_TIME, [row for row in rows if row.severity == one], one)
            for one in Severity
        ),
    ]


def _met(name: Name, rows: Sequence[Any], severity: Severity | None = None) -> Figure:
    in_time = sum(int(row.in_time) for row in rows)
    return _share(name, in_time, sum(row.n for row in rows), severity)


async def _outcomes(db: Reads, theirs: ColumnElement[bool], now: datetime) -> list[Figure]:
    """Say what became of the cases."""
    resolved = resolved_for_good()
    old_enough = and_(
        cases.c.received_at <= now - RESOLVED_WITHIN, cases.c.state.not_in(WITHOUT_OUTCOME)
    )
    each = (
        select(
            _flag(old_enough).label("old"),
            cases.c.received_at,
            resolved.label("resolved_at"),
            _flag(_moved(State.RESOLVED, State.REDIRECTED, State.CLOSED)).label("finished"),
            _flag(_moved(State.REOPENED)).label("reopened"),
            _flag(_moved(State.PROPOSED, State.CLOSED)).label("decided"),
            _flag(_moved(State.APPEALED)).label("appealed"),
            _flag(_escalated()).label("escalated"),
        )
        .where(theirs)
        .subquery("each_case")
    )
    c = each.c
    took = type_coerce(c.resolved_at, BigInteger) - type_coerce(c.received_at, BigInteger)
    in_time = _flag(took <= literal(RESOLVED_WITHIN // MICROSECOND, BigInteger))
    found = await db.execute(
        select(
            _sum(c.old).label("old"),
            _sum(c.old * in_time).label("in_time"),
            _sum(c.finished).label("finished"),
            _sum(c.reopened).label("reopened"),
            _sum(c.decided).label("decided"),
            _sum(c.appealed).label("appealed"),
            _sum(c.escalated).label("escalated"),
            func.count().label("n"),
        )
    )
    row = found.one()
    return [
        _share(Name.RESOLVED, int(row.in_time), int(row.old)),
        _share(Name.REOPENED, int(row.reopened), int(row.finished)),
        _share(Name.APPEALED, int(row.appealed), int(row.decided)),
        _share(Name.ESCALATED, int(row.escalated), row.n),
    ]


def _moved(*to: State) -> ColumnElement[bool]:
    return exists().where(moves.c.case_id == cases.c.id, moves.c.state.in_(to))


def _escalated() -> ColumnElement[bool]:
    return exists().where(bells.c.case_id == cases.c.id, bells.c.kind == Rang.PASSED)


def _flag(which: ColumnElement[bool]) -> ColumnElement[int]:
    return case((which, 1), else_=0)


def _sum(of: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(of), 0)


async def _upheld(db: Reads, theirs: ColumnElement[bool]) -> Figure:
    """Say how many of the appeals that were decided sent the case back to be looked at again."""
    appeals = and_(
        moves.c.present == State.APPEALED, moves.c.state.in_([State.IN_REVIEW, State.CLOSED])
    )
    upheld = _sum(_flag(moves.c.state == State.IN_REVIEW))
    found = await db.execute(
        select(func.count().label("decided"), upheld.label("upheld"))
        .select_from(moves.join(cases, cases.c.id == moves.c.case_id))
        .where(theirs, appeals)
    )
    row = found.one()
    return _share(Name.UPHELD, int(row.upheld), row.decided)


async def _check_ins(db: Reads, theirs: ColumnElement[bool]) -> list[Figure]:
    """Count the reporters whom we asked whether it is solved, and what they said last."""
    each = (
        select(
            func.max(_flag(_C.asked_at.is_not(None))).label("asked"),
            func.max(case((_C.answer == Answer.YES, _C.answered_at))).label("yes_at"),
            func.max(case((_C.answer == Answer.NO, _C.answered_at))).label("no_at"),
        )
        .select_from(followups.join(cases, cases.c.id == _C.case_id))
        .where(theirs, _C.kind == Kind.CHECK_IN)
        .group_by(_C.case_id)
        .subquery("each_case")
    )
    yes, no = each.c.yes_at, each.c.no_at
    confirmed = and_(yes.is_not(None), or_(no.is_(None), yes > no))
    found = await db.execute(
        select(
            _sum(each.c.asked).label("asked"),
            _sum(_flag(or_(yes.is_not(None), no.is_not(None)))).label("said"),
            _sum(_flag(confirmed)).label("confirmed"),
        )
    )
    row = found.one()
    return [
        _share(Name.CONFIRMED, int(row.confirmed), int(row.said)),
        _share(Name.RESPONDED, int(row.said), int(row.asked)),
    ]


async def _retaliation(db: Reads, member: Member, theirs: ColumnElement[bool]) -> list[Figure]:
    """Count the checks on safety that were made, and the reporters who came to harm after all.

    A second case that *member* must not know of has not happened.
    """
    came = or_(_C.asked_at.is_not(None), _C.expired_at.is_not(None))
    seconds = links.join(cases, cases.c.id == links.c.case_id)
    first = select(links.c.other_id).select_from(seconds).correlate(None)
    harmed = _C.case_id.in_(
        first.where(STANDS, links.c.kind == Linked.RETALIATION, visible_to(member))
    )
    each = (
        select(
            func.count().label("due"),
            _sum(_flag(_C.asked_at.is_not(None))).label("asked"),
            _flag(harmed).label("harmed"),
        )
        .select_from(followups.join(cases, cases.c.id == _C.case_id))
        .where(theirs, _C.kind == Kind.RETALIATION, came)
        .group_by(_C.case_id)
        .subquery("each_case")
    )
    was_asked = _flag(each.c.asked > 0)
    found = await db.execute(
        select(
            _sum(each.c.due).label("due"),
            _sum(each.c.asked).label("asked"),
            _sum(was_asked).label("reporters"),
            _sum(was_asked * each.c.harmed).label("harmed"),
        )
    )
    row = found.one()
    return [
        _share(Name.RETALIATION, int(row.harmed), int(row.reporters)),
        _share(Name.COVERAGE, int(row.asked), int(row.due)),
    ]


async def _overdue(db: Reads, visible: ColumnElement[bool], now: datetime) -> list[Figure]:
    """Count the cases with a deadline that has passed, of the open ones of each severity."""
    late = exists().where(
        deadlines.c.case_id == cases.c.id,
        deadlines.c.met_at.is_(None),
        deadlines.c.due_at <= now,
    )
    found = await db.execute(
        select(cases.c.severity, func.count().label("n"), _sum(_flag(late)).label("late"))
        .where(visible, cases.c.state.in_(OPEN))
        .group_by(cases.c.severity)
    )
    by = {row.severity: (int(row.late), row.n) for row in found}
    return [_number(Name.OVERDUE, *by.get(one, (0, 0)), severity=one) for one in Severity]


async def _unrouted(db: Reads, visible: ColumnElement[bool]) -> Figure:
    found = await db.execute(
        select(
            func.count().label("n"), _sum(_flag(cases.c.assignee.is_(None))).label("unrouted")
        ).where(visible, cases.c.state.in_(WANTS_SOMEBODY))
    )
    row = found.one()
    return _number(Name.UNROUTED, int(row.unrouted), row.n)


def _number(name: Name, value: int, n: int, *, severity: Severity | None = None) -> Figure:
    """Return a count among *n*; of none at all it is no data, as a share would be."""
    return Figure(name, Unit.COUNT, value if n else None, n, severity)
