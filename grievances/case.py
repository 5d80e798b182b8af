"""A case: its row, and the one way in which it moves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from forum import audit, keyholders, members
from forum.members import Right
from grievances import (
    actions,
    checks,
    deadlines,
    entries,
    followups,
    hands,
    leading,
    panel,
    pauses,
)
from grievances.calendars import PLAIN_WEEK, Calendar
from grievances.deadlines import Step
from grievances.entries import Audience, Draft
from grievances.hands import DECIDES, Part
from grievances.severity import Severity
from grievances.states import ENDED, Actor, NotAllowed, State, allowed
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("reference", String(6), nullable=False, unique=True),  # what staff call it
    Column("locator", String(4), nullable=False, index=True),
    Column("code_salt", LargeBinary, nullable=False),
    Column("code_digest", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("category", String(8)),
    Column("severity", String(2), nullable=False),
    Column("level", Integer, nullable=False, default=0),  # to whom it has been escalated
    Column("lane", String(16)),
    Column("site_id", String(32), ForeignKey("sites.id")),
    Column("district", String(100)),
    Column("language", String(16), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("safe", Boolean),  # answers may be shown in full on the reporter's phone
    Column("callback", Boolean, nullable=False),
    Column("quarantine", Boolean, nullable=False),
    Column("named", String(8)),  # whether it names anybody (``parties``); null: nobody has looked
    Column("route_id", String(32), index=True),
    Column("assignee", String(32), ForeignKey("members.id"), index=True),
    Column("turn", String(16)),  # what last gave it to other people (``Turn``)
    Column("received_at", Instant, nullable=False),
    Column("moved_at", Instant, nullable=False),
    Column("heard_at", Instant, nullable=False),  # the reporter's last words
    Column("told_at", Instant),  # our last words to the reporter
    Column("acknowledged_at", Instant),
    Column("resolved_at", Instant),  # when the reporter was told of a solution, or where to go
    # The nearest deadline that runs, as ``deadlines.note_nearest`` keeps it; with none, NEVER.
    Column("next_step", String(16)),
    Column("next_due", Instant, nullable=False, default=deadlines.NEVER),
)
Index("ix_cases_state", cases.c.state, cases.c.moved_at)
_IN_LANE = cases.c.lane.is_not(None)
Index("ix_cases_lane", cases.c.lane, sqlite_where=_IN_LANE, postgresql_where=_IN_LANE)
Index("ix_cases_received_at", cases.c.received_at, cases.c.id)

# Written out, not given as values: only so does a database see that its index is meant.
_GONE: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in sorted(ENDED)]
STANDS_OPEN = cases.c.state.not_in(_GONE)
# Turned round in this way, or SQLite would take its index of states, and have all to sort.
HAS_ENDED = STANDS_OPEN.is_(False)

#: What may ask for something: a case that is open, or words that came after its end.
MAY_ASK = or_(STANDS_OPEN, cases.c.heard_at > cases.c.moved_at)

#: The reporter had the last word.
UNANSWERED = or_(cases.c.told_at.is_(None), cases.c.heard_at > cases.c.told_at)

for _name, _columns, _which in (
    ("next", (), MAY_ASK),
    ("assigned", (cases.c.assignee,), MAY_ASK),
    ("gravest", (cases.c.severity,), MAY_ASK),
    ("unanswered", (), and_(MAY_ASK, UNANSWERED)),
    ("ended", (), HAS_ENDED),
):
    Index(
        f"ix_cases_{_name}",
        *(*_columns, cases.c.next_due, cases.c.id),
        sqlite_where=_which,
        postgresql_where=_which,
    )
# The board takes some of each state, and reads no more of a case than stands in here.
Index("ix_cases_board", cases.c.state, cases.c.next_due, cases.c.id, cases.c.lane)
HAS_RISEN = cases.c.level > literal_column("0")
Index("ix_cases_level", cases.c.level, sqlite_where=HAS_RISEN, postgresql_where=HAS_RISEN)

moves = Table(
    "moves",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("present", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("word_of", String(16), nullable=False),
    Column("actor", String(32), nullable=False),
)

#: How long after the notice of a solution its reporter may reopen a case.
REOPEN_WITHIN = timedelta(days=30)

#: Where the word is the reporter's.
ASKED = frozenset({State.WAITING_REPORTER, State.PROPOSED})

#: Days after the notice of a solution on which its reporter is asked whether it holds (domain,
#: section 3).
MONITORED_AFTER = (14, 30, 90)

#: Severities of which the system may close a case because nobody answers.
CLOSED_BY_SILENCE = frozenset({Severity.S3, Severity.S4})

_ALL_STEPS = tuple(Step)

#: Where it is not enough that the table knows a move: somebody else has to make it.
_PANELS = frozenset({State.IN_REVIEW, State.CLOSED})

#: The deadlines that a case has met by arriving at a state.
MEETS: Mapping[State, Sequence[Step]] = {
    State.TRIAGED: (Step.TRIAGE,),
    State.REDIRECTED: (Step.TRIAGE, Step.INVESTIGATE),
    State.IN_REVIEW: (Step.INVESTIGATE, Step.APPEAL),
    State.RESOLVED: _ALL_STEPS,
    **dict.fromkeys(ENDED, _ALL_STEPS),
}


class Turn(StrEnum):
    """What happened to a case, that other people have it now."""

    REFUSED = "refused"  # the reporter said no to what was proposed
    REOPENED = "reopened"
    UPHELD = "upheld"  # the appeal panel sent it back
    DISMISSED = "dismissed"  # the appeal panel let it stand


class NoSuchCase(Exception):
    """There is no case of this id."""


@dataclass(frozen=True, slots=True)
class Held:
    """A case whose row this transaction holds: nobody else can move it or write to it."""

    id: str
    public_key: bytes
    state: State
    category: str | None
    severity: Severity
    assignee: str | None
    turn: str | None
    route_id: str | None
    received_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """One line of a case's history."""

    at: datetime
    present: State
    state: State
    word_of: Actor
    actor: str


_ITS_ID = cases.c.id == bindparam("its_id")
_HELD = (
    select(*(cases.c[name] for name in Held.__dataclass_fields__)).where(_ITS_ID).with_for_update()
)
_CHANGED = update(cases).where(_ITS_ID)


async def change(db: Transaction, case_id: str, **values: Any) -> None:
    """Set columns of a case that the caller holds; its state moves by ``move`` alone."""
    await db.execute(_CHANGED, {"its_id": case_id, **values})


async def hold(db: Transaction, case_id: str) -> Held:
    """Take hold of a case until the transaction ends. Raises ``NoSuchCase``."""
    row = (await db.execute(_HELD, {"its_id": case_id})).one_or_none()
    if row is None:
        raise NoSuchCase
    judged = {"state": State(row.state), "severity": Severity(row.severity)}
    return Held(**{**row._asdict(), **judged})


async def hold_all(db: Transaction, case_ids: Collection[str]) -> Mapping[str, Held]:
    """Take hold of several cases, by their ids. Raises ``NoSuchCase``.

    Always in one order, so that two who want the same cases wait for each other only once.
    """
    return {each: await hold(db, each) for each in sorted(set(case_ids))}


async def move(
    db: Transaction,
    case_id: str,
    to: State,
    *,
    by: Actor,
    actor: str,
    now: datetime,
    reason: str | None = None,
    calendar: Calendar = PLAIN_WEEK,
) -> None:
    """Move a case on the word of *by*, and do what follows from where it is now.

    *actor* is a member's id, or «reporter», or «system». *reason* is kept sealed in the thread,
    for staff. No case is a duplicate of nothing: the link comes first (``merging``). Raises
    ``NotAllowed`` and ``NoSuchCase``.
    """
    held = await hold(db, case_id)
    _guard(held, to, by, now)
    if to is State.DUPLICATE and not await leading.is_led(db, case_id):
        raise NotAllowed(held.state, to)
    if by is not Actor.UNDOING and not await _free(db, held, to, actor):
        raise NotAllowed(held.state, to)
    await _change(db, held, to, by, now)
    await hands.record(db, case_id, _parts(held, to, by, actor), now)
    await db.execute(
        insert(moves).values(
            id=uuid4().hex,
            case_id=case_id,
            at=now,
            present=held.state,
            state=to,
            word_of=by,
            actor=actor,
        )
    )
    await audit.record(db, actor=actor, act=f"case.{to}", subject=case_id, now=now)
    if reason:
        await explain(db, held, reason, author=actor, now=now)
    if by is Actor.UNDOING:
        await _wait(db, held, to, now, calendar)
    else:
        await _after(db, held, to, now, calendar)


def _guard(held: Held, to: State, by: Actor, now: datetime) -> None:
    if not (allowed(held.state, to, by) and _timely(held, to, by, now) and _fit(held, to, by)):
        raise NotAllowed(held.state, to)


def _timely(held: Held, to: State, by: Actor, now: datetime) -> bool:
    if to is not State.REOPENED or by is not Actor.REPORTER:
        return True
    return held.resolved_at is not None and now - held.resolved_at <= REOPEN_WITHIN


def _fit(held: Held, to: State, by: Actor) -> bool:
    if to is State.ASSIGNED:
        return held.assignee is not None
    if to is State.CLOSED and by is Actor.SYSTEM and held.state is State.PROPOSED:
        return held.severity in CLOSED_BY_SILENCE
    if to is State.APPEALED:
        return held.turn != Turn.DISMISSED  # it has been decided, until the case is reopened
    return True


async def _free(db: Transaction, held: Held, to: State, actor: str) -> bool:
    """Whether what was done in the case so far leaves the move to this *actor*.

    A remedy begins with something to do, and ends with nothing left and in other eyes than of
    those who did it. On an appeal nobody decides who has decided on the case before.
    """
    if to is State.IMPLEMENTING:
        return await actions.pending(db, held.id)
    if to is State.RESOLVED:
        return (
            actor != held.assignee
            and not await actions.pending(db, held.id)
            and not await actions.marked_by(db, held.id, actor)
        )
    if held.state is State.APPEALED and to in _PANELS:
        return actor != held.assignee and actor not in await hands.deciders(db, held.id)
    return True


def _parts(held: Held, to: State, by: Actor, actor: str) -> dict[str, Part]:
    """Return who had a part in the case by this move."""
    decided = {actor: DECIDES[to]} if by is Actor.STAFF and to in DECIDES else {}
    return {**({held.assignee: Part.HANDLED} if held.assignee else {}), **decided}


async def _change(db: Transaction, held: Held, to: State, by: Actor, now: datetime) -> None:
    moved = await db.execute(
        update(cases)
        .where(cases.c.id == held.id, cases.c.state == held.state)
        .values(state=to, moved_at=now, **_marks(to, by, now))
    )
    if moved.rowcount != 1:
        raise NotAllowed(held.state, to)


def _marks(to: State, by: Actor, now: datetime) -> dict[str, Any]:
    if by is Actor.UNDOING:
        return {}  # it was there before, and what it brought then stands
    match to:
        case State.RESOLVED | State.REDIRECTED:
            return {"resolved_at": now}
        case _:
            return {}


async def _after(
    db: Transaction, held: Held, to: State, now: datetime, calendar: Calendar
) -> None:
    if to is State.REOPENED:
        await pass_on(db, held, Turn.REOPENED, now)
        await deadlines.plan(db, held.id, held.severity, now, calendar=calendar)
    await _wait(db, held, to, now, calendar)
    await deadlines.meet(db, held.id, MEETS.get(to, ()), now)
    await _appeal(db, held, to, now, calendar)
    await _check(db, held, to, now)


async def _check(db: Transaction, held: Held, to: State, now: datetime) -> None:
    """Plan what the reporter is asked from here, or ask it no more."""
    if to is State.RESOLVED:
        await actions.confirm_all(db, held.id, now)
        await checks.plan(db, held.id, followups.Kind.CHECK_IN, MONITORED_AFTER, now)
    elif to in {State.REOPENED, *ENDED}:
        await checks.drop(db, held.id, followups.Kind.CHECK_IN, now)
    if to in {State.DUPLICATE, State.WITHDRAWN}:
        await checks.drop(db, held.id, followups.Kind.RETALIATION, now)


async def _wait(db: Transaction, held: Held, to: State, now: datetime, calendar: Calendar) -> None:
    """Remind the reporter twice that the word is theirs; a question of ours stops the clocks."""
    if held.state is State.WAITING_REPORTER:
        await pauses.end(db, held.id, now, calendar)
    if held.state in ASKED:
        await followups.cancel(db, held.id, followups.Kind.REMIND)
    if to is State.WAITING_REPORTER:
        await pauses.begin(db, held.id, now)
    if to in ASKED:
        await followups.cancel(db, held.id, followups.Kind.NUDGE)
        for wait in followups.NUDGES_AFTER:
            await followups.plan(db, held.id, followups.Kind.REMIND, now + wait)


async def _appeal(
    db: Transaction, held: Held, to: State, now: datetime, calendar: Calendar
) -> None:
    """Start the panel's clock; when it has decided, its members have no key any more."""
    if to is State.APPEALED:
        await deadlines.plan(
            db, held.id, held.severity, now, calendar=calendar, steps=(Step.APPEAL,)
        )
    if held.state is not State.APPEALED:
        return
    await panel.dismiss(db, held.id, keep=held.assignee)
    if to is State.IN_REVIEW:
        await hand_back(db, held, Turn.UPHELD, now, calendar)
    elif to is State.CLOSED:
        await change(db, held.id, turn=Turn.DISMISSED)


async def hand_back(
    db: Transaction, held: Held, why: Turn, now: datetime, calendar: Calendar
) -> None:
    """Let another handler look at a case that is in review again.

    The reporter is owed feedback anew where it was given; a due date that runs stays.
    """
    await pass_on(db, held, why, now)
    await deadlines.start_again(
        db, held.id, held.severity, now, calendar=calendar, steps=(Step.FEEDBACK,)
    )


async def pass_on(db: Transaction, held: Held, why: Turn, now: datetime) -> None:
    """Take a case from its handler, who is not given it again while anybody else is there."""
    await release(db, held)
    if held.assignee is not None:
        await hands.record(db, held.id, {held.assignee: Part.PARTED}, now)
    await change(db, held.id, assignee=None, turn=why)


async def release(db: Transaction, held: Held) -> None:
    """Take the case's key from its handler, who no longer has it; who triages keeps theirs."""
    handler = await members.get(db, held.assignee) if held.assignee else None
    if handler is not None and not handler.may(Right.TRIAGE):
        await keyholders.withdraw(db, [held.id], [handler.id])


async def explain(db: Transaction, held: Held, reason: str, *, author: str, now: datetime) -> None:
    """Keep for staff why a case is where it is."""
    draft = Draft(reason, entries.Kind.STATUS, author, Audience.INTERNAL)
    await entries.write(db, held.id, held.public_key, draft, now)


async def history(db: Reads, case_id: str) -> Sequence[Move]:
    """Return the moves of a case, oldest first."""
    found = await db.execute(
        select(moves.c.at, moves.c.present, moves.c.state, moves.c.word_of, moves.c.actor)
        .where(moves.c.case_id == case_id)
        .order_by(moves.c.at)
    )
    return _chained(
        [
            Move(row.at, State(row.present), State(row.state), Actor(row.word_of), row.actor)
            for row in found
        ]
    )


def _chained(found: Sequence[Move]) -> Sequence[Move]:
    """Put moves of one moment into the order in which each begins where the one before ended."""
    left, chain, stands = list(found), [], State.RECEIVED
    while left:
        of_now = [each for each in left if each.at == left[0].at]
        following = next((each for each in of_now if each.present is stands), left[0])
        left.remove(following)
        chain.append(following)
        stands = following.state
    return chain
