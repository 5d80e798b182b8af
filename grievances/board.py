"""The open cases by where they stand: how many, and the first of each by time left."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import CTE, Select, and_, func, select, union_all

from forum.members import Member, Right
from grievances import caseload, orders
from grievances.case import MAY_ASK, cases
from grievances.caseload import COUNTED, CaseRow, up_to, visible_to
from grievances.orders import Order
from grievances.states import OPEN, State
from storage.unit_of_work import Reads

#: Cards shown of each state; the queue has the others.
CARDS: Final = 6

#: The way that a case usually goes. Its columns stand there even when they are empty.
USUAL: Final = (
    State.RECEIVED,
    State.TRIAGED,
    State.ASSIGNED,
    State.IN_REVIEW,
    State.WAITING_REPORTER,
    State.PROPOSED,
    State.AGREED,
    State.IMPLEMENTING,
    State.RESOLVED,
    State.MONITORING,
)

#: All of the board, in the order of the states' own table.
COLUMNS: Final = tuple(state for state in State if state in OPEN)


_ORDER: Final = orders.columns(Order.DUE, cases.c.next_due)


@dataclass(frozen=True, slots=True)
class Column:
    """One state: how many cases stand there, and the first of them."""

    state: State
    count: int
    cards: Sequence[CaseRow]

    @property
    def more(self) -> int:
        """How many have no card."""
        return self.count - len(self.cards)


async def columns(db: Reads, member: Member) -> Sequence[Column]:
    """Return the board as *member* may see it, in two queries.

    Of the states off the usual way only those in which a case stands.
    """
    counts = await _counts(db, member)
    cards = await _cards(db, member)
    return [
        Column(state, counts.get(state, 0), cards[state])
        for state in COLUMNS
        if state in USUAL or counts.get(state)
    ]


async def _counts(db: Reads, member: Member) -> Mapping[State, int]:
    if member.may(Right.TRIAGE):
        all_seen = visible_to(member)
        each = [up_to(and_(all_seen, cases.c.state == state)) for state in COLUMNS]
        row = (await db.execute(select(*(one.label(f"n{n}") for n, one in enumerate(each))))).one()
        return dict(zip(COLUMNS, row, strict=True))
    seen = _few(member)
    found = await db.execute(select(seen.c.state, func.count().label("n")).group_by(seen.c.state))
    return {State(row.state): min(row.n, COUNTED + 1) for row in found if row.state in OPEN}


async def _cards(db: Reads, member: Member) -> Mapping[State, list[CaseRow]]:
    first = _first_of_all(member) if member.may(Right.TRIAGE) else _first_of_few(member)
    shown = caseload.ROWS.where(cases.c.id.in_(first))
    found = await db.execute(shown.order_by(*_ORDER))
    cards: dict[State, list[CaseRow]] = defaultdict(list)
    for row in found:
        one = caseload.case_row(row)
        cards[one.state].append(one)
    return cards


# Who triages sees nearly every case, and the database goes along its index of states, as far as
# the cards and the counts go. Who handles sees few of them; those are taken first, and sorted.


def _first_of_all(member: Member) -> Select[tuple[str]]:
    seen = visible_to(member)
    each = (
        select(cases.c.id)
        .where(seen, cases.c.state == state)
        .order_by(*_ORDER)
        .limit(CARDS)
        .subquery()
        for state in COLUMNS
    )
    return select(union_all(*(select(one.c.id) for one in each)).subquery().c.id)


def _first_of_few(member: Member) -> Select[tuple[str]]:
    seen = _few(member)
    place = func.row_number().over(
        partition_by=seen.c.state, order_by=(seen.c.next_due, seen.c.id)
    )
    placed = select(seen.c.id, place.label("place")).where(seen.c.state.in_(OPEN)).subquery()
    return select(placed.c.id).where(placed.c.place <= CARDS)


def _few(member: Member) -> CTE:
    few = select(cases.c.id, cases.c.state, cases.c.next_due).where(visible_to(member), MAY_ASK)
    return few.cte("seen").prefix_with("MATERIALIZED")
