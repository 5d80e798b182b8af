"""The open cases by where they stand: how many, and the first of each by time left."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal, select, union_all

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
    cards = await _cards(db, member, tuple(each for each in COLUMNS if counts.get(each)))
    return [
        Column(state, counts.get(state, 0), cards[state])
        for state in COLUMNS
        if state in USUAL or counts.get(state)
    ]


async def _counts(db: Reads, member: Member) -> Mapping[State, int]:
    if member.may(Right.TRIAGE):
        counted = await db.execute(_count_all(visible_to(member)))
        return {State(row.state): row.n for row in counted}
    few = _few(visible_to(member))
    found = await db.execute(select(few.c.state, func.count().label("n")).group_by(few.c.state))
    return {State(row.state): min(row.n, COUNTED + 1) for row in found if row.state in OPEN}


async def _cards(
    db: Reads, member: Member, states: tuple[State, ...]
) -> Mapping[State, list[CaseRow]]:
    cards: dict[State, list[CaseRow]] = defaultdict(list)
    if not states:
        return cards
    first = _first_of_all if member.may(Right.TRIAGE) else _first_of_few
    for row in await db.execute(first(visible_to(member), states)):
        one = caseload.case_row(row)
        cards[one.state].append(one)
    return cards


# Who triages sees nearly every case, and the database goes along its index of states, as far as
# the cards and the counts go; it takes long to write that out, so it is kept for who asks again.
# Who handles sees few of them; those are taken first, and sorted.


@lru_cache(maxsize=64)
def _count_all(seen: ColumnElement[bool]) -> Select[Any]:
    # One count that is made anew for each state, and not one for each: PostgreSQL plans it once,
    # and reads once whom the cases are kept from.
    states = union_all(*(select(literal(state).label("state")) for state in COLUMNS)).subquery()
    in_state = and_(seen, cases.c.state == states.c.state)
    return select(states.c.state, up_to(in_state, states).label("n"))


@lru_cache(maxsize=64)
def _first_of_all(seen: ColumnElement[bool], states: tuple[State, ...]) -> Select[Any]:
    each = (
        select(cases.c.id)
        .where(seen, cases.c.state == state)
        .order_by(*_ORDER)
        .limit(CARDS)
        .subquery()
        for state in states
    )
    first = union_all(*(select(one.c.id) for one in each)).subquery()
    return _rows(select(first.c.id))


def _first_of_few(seen: ColumnElement[bool], states: tuple[State, ...]) -> Select[Any]:
    few = _few(seen)
    place = func.row_number().over(partition_by=few.c.state, order_by=(few.c.next_due, few.c.id))
    placed = select(few.c.id, place.label("place")).where(few.c.state.in_(states)).subquery()
    return _rows(select(placed.c.id).where(placed.c.place <= CARDS))


def _few(seen: ColumnElement[bool]) -> CTE:
    few = select(cases.c.id, cases.c.state, cases.c.next_due).where(seen, MAY_ASK)
    return few.cte("few").prefix_with("MATERIALIZED")


def _rows(first: Select[tuple[str]]) -> Select[Any]:
    return caseload.ROWS.where(cases.c.id.in_(first)).order_by(*_ORDER)
