"""In which order cases are listed, and how a page goes on where the one before it ended.

A cursor holds what the last row was sorted by, so that a case that comes or goes meanwhile moves
nothing to another page.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, or_

from grievances.case import cases
from grievances.deadlines import NEVER
from grievances.severity import Severity


class Order(StrEnum):
    """What stands first."""

    DUE = "due"  # the least time left
    NEWEST = "newest"
    GRAVEST = "gravest"  # and among equals the least time left


class Listed(Protocol):
    """A case as a list shows it."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def severity(self) -> Severity:
        """How grave it is."""

    @property
    def received_at(self) -> datetime:
        """When it came."""

    @property
    def due_at(self) -> datetime | None:
        """The end of its nearest deadline."""


def columns(order: Order, due_at: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    """Return what to sort by; *due_at* is of the nearest deadline, NEVER where there is none."""
    return {
        Order.DUE: (due_at, cases.c.id),
        Order.NEWEST: (cases.c.received_at.desc(), cases.c.id),
        Order.GRAVEST: (cases.c.severity, due_at, cases.c.id),
    }[order]


def cursor(order: Order, row: Listed) -> str:
    """Return where the page after *row* begins."""
    moment = row.received_at if order is Order.NEWEST else row.due_at or NEVER
    said = [moment.isoformat(), row.id]
    return "_".join([row.severity, *said] if order is Order.GRAVEST else said)


def after(
    order: Order, due_at: ColumnElement[Any], page: str | None
) -> ColumnElement[bool] | None:
    """Return which cases come after the cursor *page*; None: it is no cursor of this order."""
    grave, due, case_id = ("", "", *(page or "").split("_"))[-3:]
    moment = _moment(due)
    if moment is None or not case_id.isalnum():
        return None
    if order is Order.NEWEST:
        received = cases.c.received_at
        return and_(received <= moment, _then(received < moment, received == moment, case_id))
    later = and_(
        # Said twice, for the databases: from there on they walk along the index.
        due_at >= moment,
        _then(due_at > moment, due_at == moment, case_id),
    )
    if order is Order.DUE:
        return later
    severity = next((each for each in Severity if each == grave), None)
    if severity is None:
        return None
    return or_(cases.c.severity > severity, and_(cases.c.severity == severity, later))


def _then(
    beyond: ColumnElement[bool], level: ColumnElement[bool], case_id: str
) -> ColumnElement[bool]:
    return or_(beyond, and_(level, cases.c.id > case_id))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
