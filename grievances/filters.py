"""Which cases a list shows: a small value, read from an address and turned into conditions.

Nothing here decides who may see a case. ``caseload.visible_to`` does, beside it, every time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, and_, or_

from forum.members import Member
from grievances.case import HAS_ENDED, MAY_ASK, STANDS_OPEN, UNANSWERED, cases
from grievances.escalation import LEVELS
from grievances.orders import Order
from grievances.periods import midnight
from grievances.severity import Severity
from grievances.states import State


class Show(StrEnum):
    """Which part of the cases to list."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    UNANSWERED = "unanswered"  # the reporter had the last word
    OVERDUE = "overdue"
    ENDED = "ended"


class Due(StrEnum):
    """When the nearest deadline ends, by the days of the forum's zone."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"  # from Monday to Sunday


#: Whom a case may be with, besides a member's id: who is looking, or nobody.
ME: Final = "me"
NOBODY: Final = "nobody"

#: What nobody has sorted has this category.
UNSORTED: Final = "none"

#: The longest word of a filter: a district's name.
WORD_CHARACTERS: Final = 100

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the cases to list, and in which order. What is None (or False) asks for nothing.

    *site* and *handler* are ids; a handler may also be ``ME`` or ``NOBODY``, a category
    ``UNSORTED``. *level* is of ``escalation.LEVELS``.
    """

    show: Show = Show.OPEN
    state: State | None = None
    severity: Severity | None = None
    category: str | None = None
    site: str | None = None
    district: str | None = None
    language: str | None = None
    channel: str | None = None
    lane: str | None = None
    handler: str | None = None
    level: int | None = None
    unanswered: bool = False
    due: Due | None = None
    order: Order = Order.DUE

    @property
    def narrow(self) -> bool:
        """Whether it asks for more than one part of the cases."""
        return bool(set(written(self)) - {"show", "order"})


def read(words: Mapping[str, str]) -> Filter:
    """Return the filter that *words* mean; what is not understood asks for nothing."""
    return Filter(
        show=_one(Show, words.get("show")) or Show.OPEN,
        state=_one(State, words.get("state")),
        severity=_one(Severity, words.get("severity")),
        level=next((level for level in LEVELS if str(level) == words.get("level")), None),
        unanswered=words.get("unanswered") == "yes",
        due=_one(Due, words.get("due")),
        order=_one(Order, words.get("order")) or Order.DUE,
        **{name: _word(words.get(name)) for name in _WORDS},
    )


def written(chosen: Filter) -> dict[str, str]:
    """Return *chosen* as ``read`` reads it: the part always, the rest where it says something."""
    said = {each.name: getattr(chosen, each.name) for each in fields(chosen)}
    said["order"] = None if chosen.order is Order.DUE else chosen.order
    kept = {
        name: value for name, value in said.items() if value is not None and value is not False
    }
    return {name: "yes" if value is True else str(value) for name, value in kept.items()}


def address(chosen: Filter) -> str:
    """Return *chosen* as the query of an address; equal filters have equal addresses."""
    return urlencode(written(chosen))


def of_address(query: str) -> Filter:
    """Return the filter that ``address`` wrote."""
    return read(dict(parse_qsl(query)))


def condition(
    chosen: Filter,
    member: Member,
    due_at: ColumnElement[Any],
    now: datetime,
    zone: tzinfo = UTC,
) -> ColumnElement[bool]:
    """Return which cases *chosen* means to *member*; *due_at* is of the nearest deadline."""
    asked = [_shown(chosen.show, member, due_at, now)]
    asked += [
        column == getattr(chosen, name)
        for name, column in _COLUMNS.items()
        if getattr(chosen, name) is not None
    ]
    if chosen.category is not None:
        unsorted = chosen.category == UNSORTED
        asked.append(cases.c.category == (None if unsorted else chosen.category))
    if chosen.handler is not None:
        asked.append(cases.c.assignee == _handler(chosen.handler, member))
    if chosen.unanswered:
        asked.append(UNANSWERED)
    if chosen.due is not None:
        asked.append(_due(chosen.due, due_at, now, zone))
    return and_(*asked)


#: Filters of one word each, whatever it is.
_WORDS: Final = ("category", "site", "district", "language", "channel", "lane", "handler")

#: Filters that are a column's value as it stands.
_COLUMNS: Final = {
    "state": cases.c.state,
    "severity": cases.c.severity,
    "site": cases.c.site_id,
    "district": cases.c.district,
    "language": cases.c.language,
    "channel": cases.c.channel,
    "lane": cases.c.lane,
    "level": cases.c.level,
}


def _shown(
    show: Show, member: Member, due_at: ColumnElement[Any], now: datetime
) -> ColumnElement[bool]:
    # Words that came after the end bring a case back to the list until they are answered.
    asks = and_(MAY_ASK, or_(STANDS_OPEN, UNANSWERED))
    return {
        Show.OPEN: asks,
        Show.MINE: and_(asks, cases.c.assignee == member.id),
        Show.UNASSIGNED: and_(STANDS_OPEN, cases.c.assignee.is_(None)),
        Show.UNANSWERED: and_(asks, UNANSWERED),
        Show.OVERDUE: and_(MAY_ASK, due_at <= now),
        Show.ENDED: HAS_ENDED,
    }[show]


def _due(due: Due, due_at: ColumnElement[Any], now: datetime, zone: tzinfo) -> ColumnElement[bool]:
    if due is Due.OVERDUE:
        return due_at <= now
    first = last = now.astimezone(zone).date()
    if due is Due.WEEK:
        first -= first.weekday() * _DAY
        last = first + 6 * _DAY
    return and_(due_at >= midnight(first, zone), due_at < midnight(last + _DAY, zone))


def _handler(wished: str, member: Member) -> str | None:
    return {ME: member.id, NOBODY: None}.get(wished, wished)


_Enum = TypeVar("_Enum", bound=StrEnum)


def _one(kind: type[_Enum], text: str | None) -> _Enum | None:
    return next((each for each in kind if each == text), None)


def _word(text: str | None) -> str | None:
    # PostgreSQL takes neither null bytes nor half surrogates; what cannot be shown is no word.
    return text if text and len(text) <= WORD_CHARACTERS and text.isprintable() else None
