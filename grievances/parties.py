"""Whom a report names: members of the forum, and bodies. Somebody must have looked.

The answer decides who must not know of the case (``exclusions``), and it is given before the case
is given to anybody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, delete, insert, select

from forum import audit, members, policies, superiors
from forum.members import Member
from forum.policies import Policy
from grievances import exclusions
from grievances.case import Held, cases, change
from grievances.exclusions import Why
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

parties = Table(
    "parties",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.id"), primary_key=True),
    Column("member_id", String(32), ForeignKey("members.id")),
    Column("body_id", String(32), ForeignKey("bodies.id")),
    Column("party", String(32), primary_key=True),  # whichever of the two it is
    Column("at", Instant, nullable=False),
    Column("by", String(32), nullable=False),
)
Index("ix_parties_body", parties.c.body_id)


class Answer(StrEnum):
    """What was found when somebody looked whom a report names."""

    NOBODY = "nobody"  # of the forum, and no body
    UNKNOWN = "unknown"  # somebody, of whom nobody can tell who it is
    SOME = "some"


class Contradiction(ValueError):
    """It names somebody, and nobody is chosen; or the other way round."""


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a report names, by ids. Raises ``Contradiction``."""

    answer: Answer
    members: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.answer is Answer.SOME) != bool(self.members or self.bodies):
            raise Contradiction


#: For a report that names nobody.
NOBODY = Named(Answer.NOBODY)


async def name(db: Transaction, held: Held, named: Named, *, by: Member, now: datetime) -> None:
    """Keep whom the case names, and keep them out of it, in place of an earlier answer.

    Raises ``Contradiction`` when one of them is not here.
    """
    if await of_case(db, held.id) == named:
        return
    await _check(db, named)
    await change(db, held.id, named=named.answer)
    await db.execute(delete(parties).where(parties.c.case_id == held.id))
    rows = [*_rows("member_id", named.members), *_rows("body_id", named.bodies)]
    if rows:
        said = {"case_id": held.id, "at": now, "by": by.id}
        await db.execute(insert(parties), [{**said, **row} for row in rows])
    await exclusions.forget_names(db, held.id)
    seated = await members.of_bodies(db, named.bodies)
    above = await _above(db, named.members)
    for who, why in (
        (named.members, Why.NAMED),
        (seated, Why.BODY),
        (above - named.members, Why.SUPERIOR),
    ):
        await exclusions.exclude(db, [held.id], who, why, by=by.id, now=now)
    await exclusions.share(db, [held.id], by=by.id, now=now)
    await audit.record(db, actor=by.id, act="case.named", subject=held.id, now=now)


async def seat(
    db: Transaction, member_id: str, body_id: str, *, by: Member, now: datetime
) -> None:
    """Keep somebody who sits for a body from now on out of every case that names it.

    They stay out when they sit for another: whoever was there may have been there then.
    """
    found = await db.execute(select(parties.c.case_id).where(parties.c.body_id == body_id))
    named = found.scalars().all()
    await exclusions.exclude(db, named, [member_id], Why.BODY, by=by.id, now=now)


async def raise_line(db: Transaction, member_id: str, *, by: Member, now: datetime) -> None:
    """Keep whoever is above a member from now on out of every case that names one below.

    Below is the member, and whoever has them above. Who was above before stays out: they may have
    been so then.
    """
    if not await policies.kept(db, Policy.SUPERIORS):
        return
    line = await superiors.line(db)
    below = [member_id, *superiors.down(line, member_id)]
    found = await db.execute(
        select(parties.c.case_id, parties.c.member_id).where(parties.c.member_id.in_(below))
    )
    named: dict[str, list[str]] = {}
    for row in found.all():
        named.setdefault(row.member_id, []).append(row.case_id)
    for one, case_ids in named.items():
        above = superiors.up(line, one)
        await exclusions.exclude(db, case_ids, above, Why.SUPERIOR, by=by.id, now=now)


async def _above(db: Reads, member_ids: Collection[str]) -> frozenset[str]:
    """Return whoever is above one of these members, if the forum keeps superiors out."""
    if not member_ids or not await policies.kept(db, Policy.SUPERIORS):
        return frozenset()
    line = await superiors.line(db)
    return frozenset(one for each in member_ids for one in superiors.up(line, each))


async def copy(db: Transaction, source: str, target: str) -> None:
    """Let the case *target* name whom *source* names, until somebody says otherwise."""
    answer = select(cases.c.named).where(cases.c.id == source)
    await change(db, target, named=(await db.execute(answer)).scalar())
    rows = (await db.execute(select(parties).where(parties.c.case_id == source))).all()
    if rows:
        await db.execute(insert(parties), [{**row._asdict(), "case_id": target} for row in rows])


async def of_case(db: Reads, case_id: str) -> Named | None:
    """Return whom a case names; None: nobody has looked yet, or there is no such case."""
    asked = select(cases.c.named).where(cases.c.id == case_id)
    answer: str | None = (await db.execute(asked)).scalar()
    if answer is None:
        return None
    rows = (await db.execute(select(parties).where(parties.c.case_id == case_id))).all()
    return Named(Answer(answer), _ids(rows, "member_id"), _ids(rows, "body_id"))


async def _check(db: Reads, named: Named) -> None:
    if not await members.known(db, named.members, named.bodies):
        raise Contradiction


def _rows(column: str, ids: Collection[str]) -> list[dict[str, str | None]]:
    nobody = {"member_id": None, "body_id": None}
    return [{**nobody, column: one, "party": one} for one in sorted(ids)]


def _ids(rows: Collection[Any], column: str) -> frozenset[str]:
    return frozenset(getattr(row, column) for row in rows if getattr(row, column) is not None)
