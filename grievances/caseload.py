"""Who sees which cases, and in which order they ask for attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
    update,
)

from forum.bodies import sites
from forum.key_shares import key_shares
from forum.members import Member, Right, members
from grievances import filters, leading, orders
from grievances.appeals import sits_on
from grievances.case import MAY_ASK, UNANSWERED, cases
from grievances.deadlines import Step, deadlines
from grievances.escalation import OUTSIDE, escalated_to
from grievances.exclusions import excluded
from grievances.filters import Filter, Show
from grievances.orders import Order
from grievances.severity import Severity
from grievances.states import OPEN, TO_SORT, State
from storage.among import among_those
from storage.unit_of_work import Reads, Transaction

#: Crockford's base 32, in which references are written.
REFERENCE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

#: Rows on a page of the queue.
PAGE = 50

#: A count goes no further: who has a thousand cases before them is helped by no exact number.
COUNTED = 1000

#: What asks for attention: what somebody sees who chose nothing.
ALL_OPEN = Filter()

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


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
    turn: str | None  # what last gave it to other people (``case.Turn``)
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
    assigned to them, with what reports the same, or has come to a level for which they answer, or
    is under appeal while they sit on it, once it is out of quarantine or outside government;
    nobody else sees any. Whoever is kept out of a case, or of its lane (``exclusions``), sees
    exactly what they would see if it had never come.
    """
    if member.may(Right.TRIAGE):
        return _seen(Right.TRIAGE, member.id)
    return _seen(Right.HANDLE, member.id) if member.may(Right.HANDLE) else false()


@lru_cache(maxsize=1024)  # as ``excluded``
def _seen(right: Right, member_id: str) -> ColumnElement[bool]:
    by_right = true() if right is Right.TRIAGE else _handled_by(member_id)
    return and_(by_right, ~excluded(member_id, cases.c.id))


def _handled_by(member_id: str) -> ColumnElement[bool]:
    passed_on = or_(cases.c.quarantine.is_(False), cases.c.level == OUTSIDE)
    mine = cases.c.assignee == member_id
    with_mine = among_those(cases.c.id, leading.led_by(select(cases.c.id).where(mine)))
    # Each way by itself, so that a database can go each by an index of its own.
    theirs = (and_(way, passed_on) for way in (mine, with_mine, sits_on(member_id)))
    return or_(*theirs, escalated_to(member_id))


async def queue(
    db: Reads,
    member: Member,
    *,
    now: datetime,
    chosen: Filter = ALL_OPEN,
    zone: tzinfo = UTC,
    page: str | None = None,
) -> Page:
    """Return the cases of *chosen* that *member* may see, in its order.

    *page* is the ``next`` of the page before; a damaged one begins at the front. *zone* is the
    forum's: it says when a day begins.
    """
    due_at = cases.c.next_due
    listed = ROWS.where(visible_to(member), filters.condition(chosen, member, due_at, now, zone))
    after = orders.after(chosen.order, due_at, page)
    if after is not None:
        listed = listed.where(after)
    found = await db.execute(
        listed.order_by(*orders.columns(chosen.order, due_at)).limit(PAGE + 1)
    )
    read = [case_row(row) for row in found]
    more = orders.cursor(chosen.order, read[PAGE - 1]) if len(read) > PAGE else None
    return Page(read[:PAGE], more)


async def counts(
    db: Reads, member: Member, several: Sequence[Filter], *, now: datetime, zone: tzinfo = UTC
) -> list[int]:
    """Return for each filter how many cases the queue would list: one query for all of them.

    Of more than ``COUNTED`` it says one more than that; among all cases it looks no further.
    """
    if not several:
        return []
    seen = visible_to(member)
    asked = [
        (each.show, filters.condition(each, member, cases.c.next_due, now, zone))
        for each in several
    ]
    if member.may(Right.TRIAGE):
        counted = [up_to(and_(seen, which)) for _, which in asked]
    else:  # they see few, and what asks for something is looked through once
        once = select(*(func.count(case((which, 1))) for _, which in asked))
        few = once.where(seen, MAY_ASK).cte()
        counted = [
            up_to(and_(seen, which)) if show is Show.ENDED else select(number).scalar_subquery()
            for (show, which), number in zip(asked, few.c, strict=True)
        ]
    found = await db.execute(select(*counted))
    return [min(int(number), COUNTED + 1) for number in found.one()]


def up_to(which: ColumnElement[bool], *around: FromClause) -> ScalarSelect[int]:
    """Return how many cases there are of these, or one more than ``COUNTED``.

    *which* may speak of what stands *around* the count, which is made anew for each row of it.
    """
    counted = select(cases.c.id).where(which).limit(COUNTED + 1).correlate(*around).subquery()
    return select(func.count()).select_from(counted).correlate(*around).scalar_subquery()


async def next_to_sort(db: Reads, member: Member) -> str | None:
    """Return the reference of the case that *member* is to sort next: the least time left.

    None when none is left. What they hold no key to is not theirs to sort.
    """
    opens = exists().where(key_shares.c.subject == cases.c.id, key_shares.c.member_id == member.id)
    found = await db.execute(
        select(cases.c.reference)
        .where(visible_to(member), MAY_ASK, cases.c.state.in_(TO_SORT), opens)
        .order_by(*orders.columns(Order.DUE, cases.c.next_due))
        .limit(1)
    )
    return found.scalar_one_or_none()


async def find(db: Reads, member: Member, reference: str) -> CaseRow | None:
    """Return the case that *reference* means to *member*, who may mistype O for 0.

    None when there is none, or none that *member* may see: nobody can tell the two apart.
    """
    typed = read_reference(reference)
    if not typed:
        return None
    one = ROWS.where(cases.c.reference == typed, visible_to(member))
    row = (await db.execute(one)).one_or_none()
    return case_row(row) if row else None


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


#: The deadline that stands beside a case as its nearest. Made once: to name a wide table anew
#: costs more than the rest of a statement.
NEAREST: Final = deadlines.alias("nearest")
WITH_NEAREST: Final = cases.outerjoin(
    NEAREST, and_(NEAREST.c.case_id == cases.c.id, NEAREST.c.step == cases.c.next_step)
)

_ELSEWHERE: Final[Mapping[str, ColumnElement[Any]]] = {
    "site_name": sites.c.name.label("site_name"),
    "assignee_name": members.c.name.label("assignee_name"),
    "unanswered": UNANSWERED.label("unanswered"),
    **{name: NEAREST.c[name] for name in ("step", "started_at", "warn_at", "due_at")},
}

#: The rows of every case as ``case_row`` reads them; whoever asks says which.
ROWS: Final[Select[Any]] = select(
    *(
        _ELSEWHERE[name] if name in _ELSEWHERE else cases.c[name]
        for name in CaseRow.__dataclass_fields__
    )
).select_from(
    WITH_NEAREST.outerjoin(sites, sites.c.id == cases.c.site_id).outerjoin(
        members, members.c.id == cases.c.assignee
    )
)


def case_row(row: Any) -> CaseRow:
    """Return one of ``ROWS`` as what may be shown of a case."""
    return CaseRow(
        **{
            **{name: getattr(row, name) for name in CaseRow.__dataclass_fields__},
            "state": State(row.state),
            "severity": Severity(row.severity),
            "step": Step(row.step) if row.step else None,
        }
    )
