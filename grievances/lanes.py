"""The lane of survivors: its cases exist for its focal points, and for nobody else.

Until somebody who triages is named, the leads of the secretariat stand in, and where there is no
lead, all who triage. The same holds for a case from which every focal point is kept out, so that
none is ever without anybody; and where nobody who triages is left, whoever it is escalated to.
"""

from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
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

_LEADS = [Role.LEAD]
_TRIAGERS = [role for role, rights in RIGHTS.items() if Right.TRIAGE in rights]


def outside(
    member_id: str | ColumnElement[str], case_id: ColumnElement[str], barred: Barred
) -> ColumnElement[bool]:
    """Return the condition that a case is in the lane, and a member is not one of its people."""
    its = cases.alias()
    inside = _inside(member_id, its.c.id, barred)
    return (
        exists().where(its.c.id == case_id, its.c.lane == SURVIVOR, ~inside).correlate_except(its)
    )


def _inside(
    member_id: str | ColumnElement[str], case_id: ColumnElement[str], barred: Barred
) -> ColumnElement[bool]:
    theirs = focal_points.alias()
    named = (
        exists()
        .where(theirs.c.lane == SURVIVOR, theirs.c.member_id == member_id)
        .correlate_except(theirs)
    )
    no_focal_point = ~_some_focal_point(case_id, barred)
    return or_(
        named,
        and_(no_focal_point, _is(member_id, _LEADS)),
        and_(no_focal_point, ~_some(_LEADS, case_id, barred), _is(member_id, _TRIAGERS)),
        and_(no_focal_point, ~_some(_TRIAGERS, case_id, barred)),
    )


def _some_focal_point(case_id: ColumnElement[str], barred: Barred) -> ColumnElement[bool]:
    point, person = focal_points.alias(), members.alias()
    return (
        exists()
        .where(
            point.c.lane == SURVIVOR,
            point.c.member_id == person.c.id,
            person.c.left_at.is_(None),
            person.c.role.in_(_TRIAGERS),
            ~barred(person.c.id, case_id),
        )
        .correlate_except(point, person)
    )


def _some(roles: list[Role], case_id: ColumnElement[str], barred: Barred) -> ColumnElement[bool]:
    person = members.alias()
    return (
        exists()
        .where(
            person.c.role.in_(roles),
            person.c.left_at.is_(None),
            ~barred(person.c.id, case_id),
        )
        .correlate_except(person)
    )


def _is(member_id: str | ColumnElement[str], roles: list[Role]) -> ColumnElement[bool]:
    person = members.alias()
    return (
        exists()
        .where(person.c.id == member_id, person.c.left_at.is_(None), person.c.role.in_(roles))
        .correlate_except(person)
    )
