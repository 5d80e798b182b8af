"""The open cases by where they stand: how many, and the first of each by time left."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from forum.members import Member
from grievances import caseload, orders
from grievances.case import cases
from grievances.caseload import CaseRow, visible_to
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


async def _counts(db: Reads, member: Member) -> dict[State, int]:
    found = await db.execute(
        select(cases.c.state, func.count().label("n"))
        .where(visible_to(member), cases.c.state.in_(OPEN))
        .group_by(cases.c.state)
    )
    return {State(row.state): row.n for row in found}


async def _cards(db: Reads, member: Member) -> dict[State, list[CaseRow]]:
    nearest = caseload.nearest_deadlines()
    place = func.row_number().over(
        partition_by=cases.c.state, order_by=orders.columns(Order.DUE, cases.c.next_due)
    )
    placed = (
        caseload.rows(nearest)
        .add_columns(place.label("place"))
        .where(visible_to(member), cases.c.state.in_(OPEN))
        .subquery("placed")
    )
    found = await db.execute(
        select(placed).where(placed.c.place <= CARDS).order_by(placed.c.place)
    )
    cards: dict[State, list[CaseRow]] = defaultdict(list)
    for row in found:
        one = caseload.case_row(row)
        cards[one.state].append(one)
    return cards
