"""Messages that will never arrive by themselves: why, and one more try when somebody wants it.

A row that died keeps its words for a while, sealed as they were, so that the very same message
can leave again. After that only what became of it is left.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Row, Select, and_, func, or_, select, update

from channels import broadcasts, lines
from channels.ledger import (
    ALONE,
    BROADCAST,
    DEAD,
    ERASED,
    Kind,
    State,
    move,
    outbox,
    standing,
)
from channels.outbox import VALID_FOR
from storage.base import EPOCH, MICROSECOND
from storage.unit_of_work import Reads, Transaction

#: How long the words of a message that died are kept: a weekend, and the Monday after it.
KEPT_FOR: Final = timedelta(hours=72)

#: How long a message waits that is sent again: somebody may take it back as long.
GRACE: Final = timedelta(seconds=15)

PAGE: Final = 50

#: How many are told apart by reason, the newest, and how many leave again at one press.
LOOKED_AT: Final = 10_000
AT_ONCE: Final = 1_000

#: Microseconds since 1970 and a row's number, both well below what a database can hold.
LONGEST_CURSOR: Final = 28


class Again(StrEnum):
    """Whether a message can be sent once more, and if not, why."""

    YES = "yes"
    ERASED = "erased"  # its words are gone
    SHUT = "shut"  # the person does not want our messages
    OVER = "over"  # the broadcast that it is of has ended


@dataclass(frozen=True, slots=True)
class Reason:
    """Why messages died: how they ended, and the code that the provider or we gave."""

    state: State
    error: str | None

    @property
    def key(self) -> str:
        """One word for it, for an address and the audit trail."""
        return f"{self.state}:{self.error or ''}"

    @classmethod
    def of(cls, key: str) -> "Reason | None":
        """Return the reason that ``key`` gave this word for; None: no such reason."""
        state, _, error = key.partition(":")
        known = state in {str(one) for one in DEAD}
        return cls(State(state), error or None) if known else None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that died; of its words and its way nothing."""

    id: str
    seq: int
    channel: str
    kind: Kind
    reason: Reason
    broadcast: str | None
    at: datetime
    made_at: datetime
    again: Again


@dataclass(frozen=True, slots=True)
class Page:
    """Some dead letters; *next* is what to ask for the page behind them."""

    rows: list[DeadLetter]
    next: str | None


_COLUMNS: Final[tuple[Column[Any], ...]] = (
    *(outbox.c.id, outbox.c.seq, outbox.c.channel, outbox.c.kind, outbox.c.state, outbox.c.error),
    *(outbox.c.broadcast, outbox.c.moved_at, outbox.c.made_at, outbox.c.stopped),
)
_WORDS: Final = outbox.c.body.is_not(None).label("words")
_ASKED: Final[Select[Any]] = select(*_COLUMNS, _WORDS)


async def page(
    db: Reads, now: datetime, *, reason: Reason | None = None, after: str | None = None
) -> Page:
    """Return the newest dead letters, of one *reason* only if that is given."""
    here = standing(*DEAD) if reason is None else _died_of(reason)
    asked = (
        _ASKED.where(here, *_behind(after))
        .order_by(outbox.c.moved_at.desc(), outbox.c.seq.desc())
        .limit(PAGE + 1)
    )
    running = await _running(db, now)
    rows = [_letter(row, running, now) for row in await db.execute(asked)]
    more = len(rows) > PAGE
    return Page(rows[:PAGE], _cursor(rows[PAGE - 1]) if more else None)


async def find(db: Reads, outbox_id: str, now: datetime) -> DeadLetter | None:
    """Return one dead letter; None: there is none, or it is not dead any more."""
    this = (outbox.c.id == outbox_id) & standing(*DEAD)
    row = (await db.execute(_ASKED.where(this))).first()
    return None if row is None else _letter(row, await _running(db, now), now)


async def reasons(db: Reads) -> dict[Reason, int]:
    """Return how many died of what, the most frequent first, among the newest ``LOOKED_AT``."""
    newest = (
        select(outbox.c.state, outbox.c.error)
        .where(standing(*DEAD))
        .order_by(outbox.c.moved_at.desc(), outbox.c.seq.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    counted = select(newest.c.state, newest.c.error, func.count().label("messages")).group_by(
        newest.c.state, newest.c.error
    )
    found = {_reason(row): int(row.messages) for row in await db.execute(counted)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0].key)))


async def count(db: Reads) -> int:
    """Return how many dead letters there are; no more than ``LOOKED_AT`` are counted."""
    some = select(outbox.c.seq).where(standing(*DEAD)).limit(LOOKED_AT).subquery()
    return int((await db.execute(select(func.count()).select_from(some))).scalar_one())


# --- once more --------------------------------------------------------------------------------


async def requeue(db: Transaction, outbox_id: str, now: datetime) -> bool:
    """Let one dead letter leave again after ``GRACE``; False: that cannot be."""
    return await _raise(db, [outbox_id], now) == 1


async def requeue_all(db: Transaction, reason: Reason, now: datetime) -> int:
    """Let those leave again that died of *reason*, the oldest ``AT_ONCE``; return how many."""
    oldest = (
        select(outbox.c.id)
        .where(_died_of(reason), _can_leave(await _running(db, now), now))
        .order_by(outbox.c.moved_at, outbox.c.seq)
        .limit(AT_ONCE)
    )
    return await _raise(db, (await db.execute(oldest)).scalars().all(), now)


async def _raise(db: Transaction, ids: Collection[str], now: datetime) -> int:
    """Plan *ids* again, as if they had never been tried; a broadcast keeps its own end."""
    running = await _running(db, now)
    these = outbox.c.id.in_(ids) & _can_leave(running, now)
    fresh = {"not_before": now + GRACE, "attempt": 0, "resends": 0, "away": 0, "lease_until": None}
    alone = these & ALONE
    validity = {"expires_at": now + VALID_FOR}
    raised = len(await move(db, State.PLANNED, alone, now=now, only=DEAD, **fresh, **validity))
    for broadcast in running:
        # By its ids: SQLite would rather walk through all of the broadcast.
        its = these & (func.coalesce(outbox.c.broadcast, "") == broadcast)
        if moved := await move(db, State.PLANNED, its, now=now, only=DEAD, **fresh):
            await broadcasts.reopen(db, broadcast, now)
            raised += len(moved)
    return raised


async def put_back(db: Transaction, reason: Reason, requeued_at: datetime, now: datetime) -> int:
    """Take back what ``requeue`` did at *requeued_at*; return how many had not left yet."""
    waits = standing(State.PLANNED) & (outbox.c.moved_at == requeued_at)
    due = outbox.c.not_before == requeued_at + GRACE
    alone = waits & due & ALONE & (outbox.c.expires_at == requeued_at + VALID_FOR)
    back = len(await _lay_down(db, reason, alone, now))
    channels = (await lines.read(db)).keys()
    for broadcast in await _running(db, now):
        its = waits & due & BROADCAST & (outbox.c.broadcast == broadcast)
        back += len(await _lay_down(db, reason, its & outbox.c.channel.in_(channels), now))
    return back


async def _lay_down(
    db: Transaction, reason: Reason, these: ColumnElement[bool], now: datetime
) -> frozenset[str]:
    only = {State.PLANNED}
    return await move(db, reason.state, these, now=now, only=only, error=reason.error)


async def forget_words(db: Transaction, now: datetime) -> int:
    """Erase the words of what died ``KEPT_FOR`` ago; return of how many messages."""
    old = and_(standing(*DEAD), outbox.c.body.is_not(None), outbox.c.moved_at <= now - KEPT_FOR)
    return (await db.execute(update(outbox).where(old).values(ERASED))).rowcount


# --- how --------------------------------------------------------------------------------------


def _died_of(reason: Reason) -> ColumnElement[bool]:
    code = outbox.c.error
    same = code.is_(None) if reason.error is None else code == reason.error
    return and_(standing(*DEAD), standing(reason.state), same)


def _can_leave(running: Collection[str], now: datetime) -> ColumnElement[bool]:
    wanted = outbox.c.stopped.is_(None) & (outbox.c.moved_at > now - KEPT_FOR)
    return and_(wanted, or_(outbox.c.body.is_not(None), outbox.c.broadcast.in_(running)))


async def _running(db: Reads, now: datetime) -> frozenset[str]:
    """Return the broadcasts whose messages may still leave, now or later.

    One whose every row was settled goes on for those that are sent again.
    """
    states = broadcasts.State.RUNNING, broadcasts.State.PAUSED, broadcasts.State.ENDED
    going = await broadcasts.in_state(db, *states)
    return frozenset(one.id for one in going if one.expires_at > now)


def _letter(row: Row[Any], running: Collection[str], now: datetime) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        seq=row.seq,
        channel=row.channel,
        kind=row.kind,
        reason=_reason(row),
        broadcast=row.broadcast,
        at=row.moved_at,
        made_at=row.made_at,
        again=_again(row, running, now),
    )


def _again(row: Row[Any], running: Collection[str], now: datetime) -> Again:
    if row.stopped is not None:
        return Again.SHUT
    fresh = row.moved_at > now - KEPT_FOR
    if row.broadcast is not None:
        return Again.YES if fresh and row.broadcast in running else Again.OVER
    return Again.YES if fresh and row.words else Again.ERASED


def _reason(row: Row[Any]) -> Reason:
    return Reason(State(row.state), row.error)


def _cursor(letter: DeadLetter) -> str:
    return f"{(letter.at - EPOCH) // MICROSECOND}-{letter.seq}"


def _behind(after: str | None) -> list[ColumnElement[bool]]:
    """Return the condition for what stands behind *after*; a damaged one begins at the front."""
    at, _, seq = (after or "").partition("-")
    digits = at + seq
    ours = at and seq and digits.isdecimal() and digits.isascii()
    if not ours or len(digits) > LONGEST_CURSOR:
        return []
    moment = EPOCH + int(at) * MICROSECOND
    older = (outbox.c.moved_at < moment) | (outbox.c.seq < int(seq))
    return [outbox.c.moved_at <= moment, older]
