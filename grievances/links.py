"""Links between cases: who may make one and take it back, and to whom it is shown.

A link never says more than its reader may know: where the case at its other end is hidden from
somebody, so is the link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, insert, or_, select, update

from forum import audit
from forum.members import Member
from grievances.case import cases, hold_all
from grievances.caseload import visible_to
from grievances.leading import STANDS, Kind, is_led, leader_of, links
from grievances.severity import Severity
from grievances.states import State
from storage.unit_of_work import Reads, Transaction

__all__ = ["CannotJoin", "Kind", "Link", "NoSuchLink", "join", "links", "of_case", "undo"]


class CannotJoin(ValueError):
    """A case cannot be linked to itself, follow two others, or lead the one that it follows."""


class NoSuchLink(Exception):
    """There is no link of this id, or it was taken back."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is seen from one of its cases.

    *follows*: the case from which we look is the one that is said to be something to the other.
    *reference*, *state*, *severity*, *category* and *received_at* are the other case's.
    """

    id: str
    kind: Kind
    follows: bool
    by: str
    at: datetime
    other_id: str
    reference: str
    state: State
    severity: Severity
    category: str | None
    received_at: datetime


async def join(
    db: Transaction, case_id: str, other_id: str, kind: Kind, *, by: str, now: datetime
) -> str:
    """Link two cases and return the link's id; one that stands already is left as it is.

    *by* is a member's id, or «system». It moves neither case: that two are the same is said in
    ``merging``. Raises ``CannotJoin`` and ``NoSuchCase``.
    """
    if case_id == other_id:
        raise CannotJoin
    await _hold_chain(db, case_id, other_id)
    standing = await _standing(db, case_id, other_id, kind)
    if standing is not None:
        return standing
    if kind is Kind.DUPLICATE:
        await _check_chain(db, case_id, other_id)
    link_id = uuid4().hex
    ends = {"case_id": case_id, "other_id": other_id}
    await db.execute(insert(links).values(id=link_id, kind=kind, by=by, at=now, **ends))
    for each in (case_id, other_id):
        await audit.record(db, actor=by, act=f"case.linked.{kind}", subject=each, now=now)
    return link_id


async def undo(db: Transaction, link_id: str, *, by: str, now: datetime) -> None:
    """Take back a link; that it was made is kept. Raises ``NoSuchLink``."""
    row = await end_of(db, link_id)
    gone = await db.execute(
        update(links).where(links.c.id == link_id, STANDS).values(undone_at=now, undone_by=by)
    )
    if gone.rowcount != 1:
        raise NoSuchLink
    for each in (row.case_id, row.other_id):
        await audit.record(db, actor=by, act=f"case.unlinked.{row.kind}", subject=each, now=now)


async def of_case(db: Reads, member: Member, case_id: str) -> Sequence[Link]:
    """Return the links of a case whose other end *member* may see, the first first."""
    of_this, of_other = links.c.case_id == case_id, links.c.other_id == case_id
    other = or_(
        and_(of_this, cases.c.id == links.c.other_id),
        and_(of_other, cases.c.id == links.c.case_id),
    )
    shown = [cases.c[name] for name in ("reference", "state", "severity", "category")]
    found = await db.execute(
        select(
            links.c.id,
            links.c.kind,
            of_this.label("follows"),
            links.c.by,
            links.c.at,
            cases.c.id.label("other_id"),
            *shown,
            cases.c.received_at,
        )
        .select_from(links.join(cases, other))
        .where(STANDS, visible_to(member))
        .order_by(links.c.at, links.c.id)
    )
    return [_link(row) for row in found]


async def end_of(db: Reads, link_id: str) -> Any:
    """Return the row of a link that stands. Raises ``NoSuchLink``."""
    row = (await db.execute(select(links).where(links.c.id == link_id, STANDS))).one_or_none()
    if row is None:
        raise NoSuchLink
    return row


async def _standing(db: Reads, case_id: str, other_id: str, kind: Kind) -> str | None:
    """Return the link that says this already; that two are related says it of both."""
    there = and_(links.c.case_id == case_id, links.c.other_id == other_id)
    back = and_(links.c.case_id == other_id, links.c.other_id == case_id)
    either = or_(there, back) if kind is Kind.RELATED else there
    found = await db.execute(select(links.c.id).where(STANDS, links.c.kind == kind, either))
    standing: str | None = found.scalar()
    return standing


async def _hold_chain(db: Transaction, case_id: str, other_id: str) -> None:
    """Hold both cases and the one that leads the other.

    So of two who join two chains at once to a circle, the second sees what the first did.
    """
    wanted = {case_id, other_id, await leader_of(db, other_id)}
    held: set[str] = set()
    while wanted - held:
        await hold_all(db, wanted - held)
        held |= wanted
        wanted = {await leader_of(db, other_id)}


async def _check_chain(db: Transaction, case_id: str, other_id: str) -> None:
    """See that a case follows one other at most, and that chains of duplicates end."""
    if await leader_of(db, other_id) == case_id or await is_led(db, case_id):
        raise CannotJoin


def _link(row: Any) -> Link:
    judged = {
        "kind": Kind(row.kind),
        "follows": bool(row.follows),
        "state": State(row.state),
        "severity": Severity(row.severity),
    }
    return Link(**{**row._asdict(), **judged})
