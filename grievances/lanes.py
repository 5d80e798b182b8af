"""The lane of survivors: its cases exist for its focal points, and for nobody else.

Until somebody who triages is named, the leads of the secretariat stand in, and where there is no
lead, all who triage. The same holds for a case from which every focal point is kept out, so that
none is ever without anybody; and where nobody who triages is left, whoever it is escalated to.
"""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    String,
    Table,
    and_,
    exists,
    or_,
)

from forum.members import RIGHTS, Right, Role, members
from grievances.case import cases
from grievances.taxonomy import SURVIVOR
from storage.base import Instant, metadata

focal_points = Table(
    "focal_points",
    metadata,
    Column("lane", String(16), primary_key=True),
    Column("member_id", String(32), ForeignKey("members.id"), primary_key=True),
    Column("named_at", Instant, nullable=False),
)

#: The condition that a member is kept out of a case for a reason of its own: member, case.
Barred: TypeAlias = Callable[[ColumnElement[str], ColumnElement[str]], ColumnElement[bool]]

_LEADS = (Role.LEAD,)
_TRIAGERS = tuple(role for role, rights in RIGHTS.items() if Right.TRIAGE in rights)

# Every page asks this condition several times, and most of it is the same each time. What names
# another table is made once: an alias of a wide table costs more than all the rest of a statement.
_THIS = cases.alias()
_THEIRS = focal_points.alias()
_POINT, _ANOTHER, _SELF = focal_points.alias(), members.alias(), members.alias()


def outside(
    member_id: str | ColumnElement[str], case_id: ColumnElement[str], barred: Barred
) -> ColumnElement[bool]:
    """Return the condition that a case is in the lane, and a member is not one of its people."""
    if case_id is cases.c.id:  # it is at hand, and need not be looked up
        return _outside(member_id, cases, barred)
    its = exists().where(_THIS.c.id == case_id, _outside(member_id, _THIS, barred))
    return its.correlate_except(_THIS)


def _outside(
    member_id: str | ColumnElement[str], its: FromClause, barred: Barred
) -> ColumnElement[bool]:
    # Most cases are in no lane at all; that is an answer here, and must not turn into «unknown».
    in_lane = its.c.lane.is_not_distinct_from(SURVIVOR)
    return and_(in_lane, ~_inside(member_id, its, barred))


def _inside(
    member_id: str | ColumnElement[str], its: FromClause, barred: Barred
) -> ColumnElement[bool]:
    named = (
        exists()
        .where(_THEIRS.c.lane == SURVIVOR, _THEIRS.c.member_id == member_id)
        .correlate_except(_THEIRS)
    )
    triager = or_(_is(member_id, _TRIAGERS), ~_some(_TRIAGERS, its, barred))
    lead = or_(_is(member_id, _LEADS), and_(~_some(_LEADS, its, barred), triager))
    return or_(named, and_(~_some_focal_point(its, barred), lead))


@cache
def _some_focal_point(its: FromClause, barred: Barred) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            _POINT.c.lane == SURVIVOR,
            _POINT.c.member_id == _ANOTHER.c.id,
            _may_be(_TRIAGERS, its, barred),
        )
        .correlate_except(_POINT, _ANOTHER)
    )


@cache
def _some(roles: tuple[Role, ...], its: FromClause, barred: Barred) -> ColumnElement[bool]:
    return exists().where(_may_be(roles, its, barred)).correlate_except(_ANOTHER)


def _may_be(roles: tuple[Role, ...], its: FromClause, barred: Barred) -> ColumnElement[bool]:
    """Whether another member is here, of one of these roles, and not kept out of the case."""
    here = and_(_ANOTHER.c.left_at.is_(None), _ANOTHER.c.role.in_(roles))
    return and_(here, ~barred(_ANOTHER.c.id, its.c.id))


def _is(member_id: str | ColumnElement[str], roles: tuple[Role, ...]) -> ColumnElement[bool]:
    here = and_(_SELF.c.left_at.is_(None), _SELF.c.role.in_(roles))
    return exists().where(_SELF.c.id == member_id, here).correlate_except(_SELF)
