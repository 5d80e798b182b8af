"""Who sees which cases, and in which order they ask for attention."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    update,
)

from forum.bodies import sites
from forum.members import Member, Right, members
from grievances import leading
from grievances.case import cases
from grievances.deadlines import RUNS, Step, deadlines
from grievances.escalation import OUTSIDE, escalated_to
from grievances.exclusions import excluded
from grievances.severity import Severity
from grievances.states import ENDED, OPEN, State
from storage.base import Instant
from storage.unit_of_work import Reads, Transaction

#: Crockford's base 32, in which references are written.
REFERENCE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

#: Rows on a page of the queue.
PAGE = 50

#: A case with no deadline left stands behind all that have one.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class Show(StrEnum):
    """Which part of the cases to list."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    UNANSWERED = "unanswered"  # the reporter had the last word
    OVERDUE = "overdue"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What may be shown of a case before it is opened. Nothing in it was said by the reporter.

    *step*, *started_at*, *warn_at* and *due_at* are of the nearest deadline that is not met.
    *level* is who answers for it by now (``escalation.LEVELS``).
    """

    id: str
    reference: str
    state: State
    category: str | None
    severity: Severity
    level: int
    lane: str | None
    site_name: str | None
    district: str | None
    language: str
    channel: str
    safe: bool | None
    callback: bool
    quarantine: bool
    assignee: str | None
    assignee_name: str | None
    received_at: datetime
    moved_at: datetime
    acknowledged_at: datetime | None
    unanswered: bool
    step: Step | None
    started_at: datetime | None
    warn_at: datetime | None
    due_at: datetime | None

    def left(self, now: datetime) -> timedelta | None:
        """Return the time left to the nearest deadline, below zero when it has passed."""
        return self.due_at - now if self.due_at else None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursor of the next page; None: these were the last."""

    rows: Sequence[CaseRow]
    next: str | None


def visible_to(member: Member) -> ColumnElement[bool]:
    """Return the one predicate that decides which cases exist for *member*.

    Every list, search, count and page asks it. Who may triage sees all; who handles sees what is
    assigned to them, with what reports the same, or has come to a level for which they answer,
    once it is out of quarantine or outside government; nobody else sees any. Whoever is kept out
    of a case, or of its lane (``exclusions``), sees exactly what they would see if it had never
    come.
    """
    return and_(_of_role(member), ~excluded(member.id, cases.c.id))


def _of_role(member: Member) -> ColumnElement[bool]:
    if member.may(Right.TRIAGE):
        return true()
    if member.may(Right.HANDLE):
        passed_on = or_(cases.c.quarantine.is_(False), cases.c.level == OUTSIDE)
        mine = select(cases.c.id).where(cases.c.assignee == member.id)
        theirs = or_(cases.c.assignee == member.id, cases.c.id.in_(leading.led_by(mine)))
        return or_(and_(theirs, passed_on), escalated_to(member))
    return false()


async def queue(
    db: Reads, member: Member, *, now: datetime, show: Show = Show.OPEN, page: str | None = None
) -> Page:
    """Return the cases that *member* may see, the one with the least time left first.

    *page* is the ``next`` of the page before; a damaged one begins at the front.
    """
    nearest = _nearest_deadlines()
    listed = _rows(nearest).where(visible_to(member), _shown(show, member, nearest, now))
    after = _read_cursor(page)
    if after is not None:
        due, case_id = after
        listed = listed.where(_after(_due(nearest), due, case_id))
    found = await db.execute(listed.order_by(_due(nearest), cases.c.id).limit(PAGE + 1))
    rows = [_case_row(row) for row in found]
    return Page(rows[:PAGE], _cursor(rows[PAGE - 1]) if len(rows) > PAGE else None)


async def count(db: Reads, member: Member, *, now: datetime, show: Show) -> int:
    """Return how many cases the queue would list."""
    nearest = _nearest_deadlines()
    found = await db.execute(
        select(func.count())
        .select_from(cases.outerjoin(nearest, _first(nearest)))
        .where(visible_to(member), _shown(show, member, nearest, now))
    )
    return found.scalar_one()


async def find(db: Reads, member: Member, reference: str) -> CaseRow | None:
    """Return the case that *reference* means to *member*, who may mistype O for 0.

    None when there is none, or none that *member* may see: nobody can tell the two apart.
    """
    typed = read_reference(reference)
    if not typed:
        return None
    one = _rows(_nearest_deadlines()).where(cases.c.reference == typed, visible_to(member))
    row = (await db.execute(one)).one_or_none()
    return _case_row(row) if row else None


def read_reference(text: str) -> str:
    """Return a reference as it is kept, however it was typed; empty: it is none."""
    typed = text.upper().translate(_MISREAD)
    # PostgreSQL would refuse a null byte; and what is no reference finds nothing anyway.
    return "" if set(typed) - set(REFERENCE_LETTERS) else typed


async def leave_behind(db: Transaction, member_id: str) -> int:
    """Take every open case from a member who goes; return how many wait for somebody else now."""
    theirs = (cases.c.assignee == member_id) & cases.c.state.in_(OPEN)
    left = await db.execute(update(cases).where(theirs).values(assignee=None))
    return left.rowcount


async def assigned_to(db: Reads, member_id: str, *, told: Member | None = None) -> Sequence[str]:
    """Return the ids of the cases that are assigned to a member.

    *told*: only those that this colleague may know of.
    """
    theirs = cases.c.assignee == member_id
    if told is not None:
        theirs &= ~excluded(told.id, cases.c.id)
    return (await db.execute(select(cases.c.id).where(theirs))).scalars().all()


def _nearest_deadlines() -> Subquery:
    """Return the deadlines that run, numbered by nearness within each case."""
    d = deadlines.c
    nearness = func.row_number().over(partition_by=d.case_id, order_by=(d.due_at, d.step))
    waiting = select(
        d.case_id, d.step, d.started_at, d.warn_at, d.due_at, nearness.label("nearness")
    )
    return waiting.where(RUNS, d.paused_at.is_(None)).subquery("nearest")


def _first(nearest: Subquery) -> ColumnElement[bool]:
    return and_(nearest.c.case_id == cases.c.id, nearest.c.nearness == 1)


def _rows(nearest: Subquery) -> Select[Any]:
    joined = (
        cases.outerjoin(nearest, _first(nearest))
        .outerjoin(sites, sites.c.id == cases.c.site_id)
        .outerjoin(members, members.c.id == cases.c.assignee)
    )
    return select(*_columns(nearest)).select_from(joined)


def _columns(nearest: Subquery) -> Sequence[ColumnElement[Any]]:
    elsewhere: dict[str, ColumnElement[Any]] = {
        "site_name": sites.c.name.label("site_name"),
        "assignee_name": members.c.name.label("assignee_name"),
        "unanswered": _unanswered().label("unanswered"),
        **{name: nearest.c[name].label(name) for name in _OF_DEADLINE},
    }
    own = {name: cases.c[name] for name in CaseRow.__dataclass_fields__ if name in cases.c}
    return [(own | elsewhere)[name] for name in CaseRow.__dataclass_fields__]


_OF_DEADLINE = ("step", "started_at", "warn_at", "due_at")


def _unanswered() -> ColumnElement[bool]:
    return cases.c.heard_at > func.coalesce(cases.c.told_at, literal(_EPOCH, Instant))


def _shown(show: Show, member: Member, nearest: Subquery, now: datetime) -> ColumnElement[bool]:
    is_open = cases.c.state.in_(OPEN)
    # Words that came after the end bring a case back to the list until they are answered.
    asks = or_(is_open, and_(_unanswered(), cases.c.heard_at > cases.c.moved_at))
    return {
        Show.OPEN: asks,
        Show.MINE: and_(asks, cases.c.assignee == member.id),
        Show.UNASSIGNED: and_(is_open, cases.c.assignee.is_(None)),
        Show.UNANSWERED: and_(asks, _unanswered()),
        Show.OVERDUE: nearest.c.due_at <= now,
        Show.ENDED: cases.c.state.in_(ENDED),
    }[show]


def _due(nearest: Subquery) -> ColumnElement[datetime]:
    return func.coalesce(nearest.c.due_at, literal(_NEVER, Instant))


def _after(order: ColumnElement[datetime], due: datetime, case_id: str) -> ColumnElement[bool]:
    return or_(order > due, and_(order == due, cases.c.id > case_id))


def _cursor(row: CaseRow) -> str:
    due = row.due_at or _NEVER
    return f"{due.isoformat()}_{row.id}"


def _read_cursor(page: str | None) -> tuple[datetime, str] | None:
    due, _, case_id = (page or "").partition("_")
    try:
        moment = datetime.fromisoformat(due)
    except ValueError:
        return None
    return (moment, case_id) if moment.tzinfo and case_id.isalnum() else None


def _case_row(row: Any) -> CaseRow:
    return CaseRow(
        **{
            **row._asdict(),
            "state": State(row.state),
            "severity": Severity(row.severity),
            "step": Step(row.step) if row.step else None,
        }
    )
