"""Two cases turn out to be the same: one leads from then on, and it can be taken back.

The duplicate keeps its code, its reporter and its thread. Nothing of the leading case moves: no
state, no handler, no due date. Whoever must not know of one knows of neither, and whoever works on
the leading case can open the other.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, select

from forum import keyholders, members
from forum.key_shares import RECOVERY, key_shares
from forum.members import Member, Right
from grievances import (
    case,
    checks,
    deadlines,
    exclusions,
    followups,
    leading,
    links,
    monitoring,
    parties,
    passing_on,
    retaliation,
)
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.case import Held, Move, cases, hold_all
from grievances.caseload import visible_to
from grievances.deadlines import Step
from grievances.entries import SYSTEM
from grievances.exclusions import NotEligible
from grievances.links import CannotJoin, NoSuchLink
from grievances.states import OPEN, Actor, NotAllowed, State
from grievances.triage import NotAsked
from storage.unit_of_work import Reads, Transaction


async def merge(
    db: Transaction,
    case_id: str,
    other_id: str,
    *,
    by: Member,
    by_private: bytes,
    now: datetime,
    reason: str | None = None,
    calendar: Calendar = PLAIN_WEEK,
) -> str:
    """Say that a case is a duplicate of another; return the link's id.

    Somebody must have looked whom it names, or those who work on the other would learn of it.
    *reason* is kept for staff. Raises ``NotEligible``, ``NotAsked``, ``CannotJoin`` (also where
    the leading case has ended, or one of them is in a lane of its own), ``NotAllowed`` and
    ``NoSuchCase``.
    """
    if not by.may(Right.TRIAGE):
        raise NotEligible
    link = await links.join(db, case_id, other_id, links.Kind.DUPLICATE, by=by.id, now=now)
    leader = await leading.leader_of(db, case_id)
    held = await hold_all(db, [case_id, leader])
    if held[leader].state not in OPEN or not await _one_lane(db, case_id, leader):
        raise CannotJoin
    if await parties.of_case(db, case_id) is None:
        raise NotAsked
    await case.move(
        db,
        case_id,
        State.DUPLICATE,
        by=Actor.STAFF,
        actor=by.id,
        reason=reason,
        now=now,
        calendar=calendar,
    )
    await exclusions.share(db, [case_id], by=by.id, now=now)
    await let_in(db, leader, by=by, by_private=by_private, now=now)
    return link


async def _one_lane(db: Reads, *case_ids: str) -> bool:
    """Whether the cases are in one lane: a survivor's words are read by its focal points only."""
    lanes = select(cases.c.lane).where(cases.c.id.in_(case_ids)).distinct()
    return len((await db.execute(lanes)).scalars().all()) == 1


async def unmerge(
    db: Transaction,
    case_id: str,
    *,
    by: Member,
    now: datetime,
    calendar: Calendar = PLAIN_WEEK,
) -> State:
    """Take a merge back; return the state in which the case is again.

    Its clocks run on by the due dates that they had; what was met before stays met. Who was kept
    out because of the other case is no longer, and is given the key by somebody who has it.
    Raises ``NotEligible``, ``NoSuchLink``, ``NotAllowed`` and ``NoSuchCase``.
    """
    if not by.may(Right.TRIAGE):
        raise NotEligible
    return await _part(db, case_id, by.id, now, calendar)


async def part_all(db: Transaction, leader: str, *, now: datetime, calendar: Calendar) -> None:
    """Let each duplicate of a case go on by itself: nothing is done about that case any more.

    The caller holds the case and all that it leads.
    """
    for case_id in await leading.led_straight(db, leader):
        await _part(db, case_id, SYSTEM, now, calendar)


async def _part(
    db: Transaction, case_id: str, actor: str, now: datetime, calendar: Calendar
) -> State:
    leaders = await leading.leaders_of(db, case_id)
    led = [case_id, *await leading.followers_of(db, case_id)]
    held = (await hold_all(db, {*leaders, *led}))[case_id]
    if held.state is not State.DUPLICATE:
        raise NotAllowed(held.state, State.TRIAGED)
    await links.undo(db, await _link_of(db, case_id), by=actor, now=now)
    await passing_on.take_back(db, led, leaders)
    to = await _restore(db, held, actor, now, calendar)
    await exclusions.share(db, [case_id, *leaders[:1]], by=actor, now=now)
    await _take_keys(db, led)
    return to


async def _restore(
    db: Transaction, held: Held, actor: str, now: datetime, calendar: Calendar
) -> State:
    """Bring the case back to where it stood when it was merged, with its clocks."""
    merged = await _merged(db, held.id)
    lost = merged.present is State.ASSIGNED and held.assignee is None
    to = State.TRIAGED if lost else merged.present
    await deadlines.run_on(db, held.id, merged.at)
    acknowledged = await _acknowledged(db, held.id)
    if acknowledged is not None:
        await deadlines.meet(db, held.id, [Step.ACKNOWLEDGE], acknowledged)
    await case.move(db, held.id, to, by=Actor.UNDOING, actor=actor, now=now, calendar=calendar)
    if to in monitoring.WATCHED and held.resolved_at is not None:
        kind = followups.Kind.CHECK_IN
        await checks.resume(db, held.id, kind, case.MONITORED_AFTER, held.resolved_at)
    await retaliation.plan(db, held.id, now)
    return to


async def _merged(db: Reads, case_id: str) -> Move:
    """Return the last move by which the case became a duplicate."""
    moves = await case.history(db, case_id)
    return next(each for each in reversed(moves) if each.state is State.DUPLICATE)


async def _acknowledged(db: Reads, case_id: str) -> datetime | None:
    """Return when a person first wrote to the reporter, also when it was a duplicate already."""
    asked = select(cases.c.acknowledged_at).where(cases.c.id == case_id)
    first: datetime | None = (await db.execute(asked)).scalar()
    return first


async def _link_of(db: Reads, case_id: str) -> str:
    found = await leading.link_of(db, case_id)
    if found is None:
        raise NoSuchLink
    return found


# --- keys ---------------------------------------------------------------------------------------


async def without_key(db: Reads, leader: str) -> Mapping[str, Sequence[str]]:
    """Return who opens the leading case and cannot open its duplicates: which, by member's id."""
    theirs = key_shares.alias()
    held = exists().where(
        theirs.c.subject == cases.c.id, theirs.c.member_id == key_shares.c.member_id
    )
    led = leading.led_by(select(cases.c.id).where(cases.c.id == leader))
    found = await db.execute(
        select(key_shares.c.member_id, cases.c.id)
        .select_from(key_shares.join(cases, cases.c.id.in_(led)))
        .where(
            key_shares.c.subject == leader,
            key_shares.c.member_id != RECOVERY,
            ~held,
            ~exclusions.excluded(key_shares.c.member_id, cases.c.id),
        )
        .order_by(key_shares.c.member_id, cases.c.id)
    )
    missing = defaultdict(list)
    for row in found:
        missing[row.member_id].append(row.id)
    return missing


async def let_in(
    db: Transaction, leader: str, *, by: Member, by_private: bytes, now: datetime
) -> None:
    """Give whoever opens the leading case the key to its duplicates, as far as *by* has them.

    The caller holds the leading case, so that two who do it at once do not both give the key.
    """
    for member_id, subjects in (await without_key(db, leader)).items():
        to = await members.get(db, member_id)
        if to is not None and to.active:
            await keyholders.grant(
                db, to=to, by=by.id, by_private=by_private, subjects=subjects, now=now
            )


async def _take_keys(db: Transaction, case_ids: Sequence[str]) -> None:
    """Take the keys of cases from those to whom only the leading case had shown them."""
    found = await db.execute(
        select(key_shares.c.subject, key_shares.c.member_id).where(
            key_shares.c.subject.in_(case_ids), key_shares.c.member_id != RECOVERY
        )
    )
    for row in found.all():
        holder = await members.get(db, row.member_id)
        if holder is None or holder.may(Right.TRIAGE):
            continue
        sees = select(cases.c.id).where(cases.c.id == row.subject, visible_to(holder))
        if (await db.execute(sees)).scalar() is None:
            await keyholders.withdraw(db, [row.subject], [holder.id])
