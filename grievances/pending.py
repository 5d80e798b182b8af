"""How much waits for one member, in numbers alone: what a mail may say.

Everything is counted through ``caseload.visible_to``, so that somebody who is kept out of a case
is told the numbers that there would be without it.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, update
from sqlalchemy import case as either

from forum.members import Member, Right
from grievances import bells, escalation
from grievances.bells import Bell
from grievances.calendars import Calendar
from grievances.case import cases
from grievances.caseload import visible_to
from grievances.deadlines import RUNS, deadlines
from grievances.digests import UNTOLD, How, calls, day_ends, wishes
from grievances.states import OPEN
from storage.base import Instant
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert


class Waiting(NamedTuple):
    """How many cases wait for a member; *today* and *passed* are among them, by nearest date."""

    cases: int
    today: int  # due before the forum's day is over
    passed: int


class Calls(NamedTuple):
    """How many cases called for a member since the last mail."""

    near: int  # theirs, with four fifths of a term over
    come: int  # escalated to them


class Call(StrEnum):
    """Why a case cannot wait for the morning."""

    NEAR = "near"
    COME = "come"


async def waiting(db: Reads, member: Member, calendar: Calendar, now: datetime) -> Waiting:
    """Return what waits for *member*: theirs, come to them, and for who sorts also nobody's."""
    soonest = (
        select(func.min(deadlines.c.due_at))
        .where(deadlines.c.case_id == cases.c.id, RUNS, deadlines.c.paused_at.is_(None))
        .correlate(cases)
        .scalar_subquery()
    )
    end = literal(day_ends(calendar, now), Instant)
    at = literal(now, Instant)
    found = await db.execute(
        select(
            func.count(),
            _how_many(and_(soonest > at, soonest < end)),
            _how_many(soonest <= at),
        )
        .select_from(cases)
        .where(visible_to(member), cases.c.state.in_(OPEN), _theirs(member))
    )
    return Waiting(*map(int, found.one()))


def _how_many(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(either((which, 1), else_=0)), 0)


def _theirs(member: Member) -> ColumnElement[bool]:
    mine = or_(cases.c.assignee == member.id, escalation.escalated_to(member.id))
    return or_(mine, cases.c.assignee.is_(None)) if member.may(Right.TRIAGE) else mine


async def call(db: Transaction, rang: Sequence[Bell], now: datetime) -> None:
    """Note for whom the clocks that rang cannot wait, among those who wish to be told at once.

    In the transaction in which they rang, so that none is missed and none is told twice.
    """
    warned = {bell.case_id for bell in rang if bell.kind is bells.Kind.WARNING}
    reached = {(bell.case_id, bell.level) for bell in rang if bell.kind is bells.Kind.PASSED}
    rows = [
        {"member_id": member_id, "case_id": case_id, "kind": kind, "at": now, "digest_id": None}
        for kind, pairs in (
            (Call.NEAR, await _handlers(db, warned)),
            (Call.COME, await _answering(db, reached)),
        )
        for member_id, case_id in sorted(pairs)
    ]
    if rows:
        await db.execute(
            insert(db, calls).on_conflict_do_update(
                index_elements=["member_id", "case_id", "kind"],
                set_={"at": now, "digest_id": None},
            ),
            rows,
        )


async def _handlers(db: Reads, case_ids: set[str]) -> set[tuple[str, str]]:
    if not case_ids:
        return set()
    found = await db.execute(
        select(cases.c.assignee, cases.c.id)
        .join(wishes, wishes.c.member_id == cases.c.assignee)
        .where(cases.c.id.in_(case_ids), wishes.c.how == How.AT_ONCE)
    )
    return {(row.assignee, row.id) for row in found}


async def _answering(db: Reads, reached: set[tuple[str, int]]) -> set[tuple[str, str]]:
    if not reached:
        return set()
    who = escalation.eligible().where(cases.c.id.in_({case_id for case_id, _ in reached})).cte()
    found = await db.execute(
        select(who.c.member_id, who.c.case_id, who.c.level)
        .join(wishes, wishes.c.member_id == who.c.member_id)
        .where(wishes.c.how == How.AT_ONCE)
    )
    return {(row.member_id, row.case_id) for row in found if (row.case_id, row.level) in reached}


async def called(db: Reads, member: Member, now: datetime) -> Calls:
    """Return what no mail has told *member* yet and still holds."""
    presses = exists().where(
        deadlines.c.case_id == cases.c.id,
        RUNS,
        deadlines.c.paused_at.is_(None),
        deadlines.c.warn_at <= now,
    )
    near = and_(calls.c.kind == Call.NEAR, cases.c.assignee == member.id, presses)
    come = calls.c.kind == Call.COME
    found = await db.execute(
        select(_how_many(near), _how_many(come))
        .select_from(calls.join(cases, cases.c.id == calls.c.case_id))
        .where(
            UNTOLD,
            calls.c.member_id == member.id,
            cases.c.state.in_(OPEN),
            visible_to(member),
        )
    )
    return Calls(*map(int, found.one()))


async def told(db: Transaction, member_id: str, digest_id: str) -> None:
    """Note that a mail tells all that has called for a member until now."""
    theirs = calls.c.member_id == member_id
    await db.execute(update(calls).where(UNTOLD, theirs).values(digest_id=digest_id))
