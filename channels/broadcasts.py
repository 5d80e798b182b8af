"""Broadcasts as the sender sees them: may it go on, when, and in which words.

Who wrote one and who approved it is for upper rooms. Its rows are in the ledger, one for each
person and part, without words: these are here once a language, and put in when a row is sent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from channels import hours, segments
from channels.base import Outbound, Style
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("why", String(32)),  # why it was paused, when nobody of the staff did
    Column("opens", Integer, nullable=False),  # minutes after midnight, in *zone*
    Column("closes", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("language", String(16), nullable=False),  # for who speaks none of its languages
    Column("parts", Integer, nullable=False),
    Column("spread", Boolean, nullable=False, default=False),  # each part has times of its own
    Column("planned", Integer, nullable=False, default=0),  # rows in the ledger
    Column("planned_to", String(32)),  # the last contact that has its rows
    Column("planned_at", Instant),  # when all had; null: not yet
    Column("judged_from", Instant),  # what failed before then was forgiven by who resumed it
    Column("made_at", Instant, nullable=False),
    Column("moved_at", Instant, nullable=False),
    Index("ix_broadcasts_state", "state"),
)

#: What each part says in each language and style. Meant for everybody, so in clear.
broadcast_texts = Table(
    "broadcast_texts",
    metadata,
    Column("broadcast", String(32), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("style", String(16), primary_key=True),
    Column("text", Text, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("sound", String(32)),  # the recording that it stands below (``channels.sounds``)
)


class State(StrEnum):
    """Whether a broadcast may leave."""

    WAITING = "waiting"  # for approval
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    ENDED = "ended"  # every row of it is settled, or its time is over


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset({State.RUNNING, State.CANCELLED}),
    State.RUNNING: frozenset({State.PAUSED, State.CANCELLED, State.ENDED}),
    State.PAUSED: frozenset({State.RUNNING, State.CANCELLED, State.ENDED}),
    State.CANCELLED: frozenset(),
    State.ENDED: frozenset({State.RUNNING}),  # a phone was away, and gets it later
}


@dataclass(frozen=True, slots=True)
class Wording:
    """What one part says in one language and style."""

    part: int
    language: str
    style: Style
    text: str
    sound: str | None = None  # a recording of it, for a chat


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One broadcast. *opens*, *closes*: minutes after midnight in *zone*; equal: always open."""

    id: str
    state: State
    why: str | None
    opens: int
    closes: int
    zone: str
    not_before: datetime
    expires_at: datetime
    language: str
    parts: int
    spread: bool
    planned: int
    planned_to: str | None
    planned_at: datetime | None
    judged_from: datetime | None
    made_at: datetime
    moved_at: datetime

    def may_leave(self, now: datetime) -> bool:
        """Whether its messages may leave at *now*: approved, in time, and at a decent hour."""
        if self.state is not State.RUNNING or not self.not_before <= now < self.expires_at:
            return False
        return hours.is_open(self.opens, self.closes, ZoneInfo(self.zone), now)


async def create(
    db: Transaction,
    texts: Sequence[Wording],
    *,
    language: str,
    not_before: datetime,
    expires_at: datetime,
    now: datetime,
    opens: int = 0,
    closes: int = 0,
    zone: str = "UTC",
    spread: bool = False,
) -> str:
    """Write a broadcast down, to wait for ``release``; return its id.

    *spread*: its parts leave at times of their own (``planning.plan``), from *not_before*, that of
    the first, to *expires_at*, that of the last.

    *texts*: every part in *language* at least, in each style it will be sent in; one message
    each, split beforehand.
    """
    broadcast = uuid4().hex
    await db.execute(
        insert(broadcasts).values(
            id=broadcast,
            state=State.WAITING,
            opens=opens,
            closes=closes,
            zone=zone,
            not_before=not_before,
            expires_at=expires_at,
            language=language,
            parts=1 + max(text.part for text in texts),
            spread=spread,
            made_at=now,
            moved_at=now,
        )
    )
    rows = [
        {
            "broadcast": broadcast,
            "part": one.part,
            "language": one.language,
            "style": one.style,
            "text": one.text,
            "segments": segments.cost(one.text) if one.style is Style.SMS else 1,
            "sound": one.sound,
        }
        for one in texts
    ]
    await db.execute(insert(broadcast_texts), rows)
    return broadcast


async def move(db: Transaction, broadcast: str, to: State, now: datetime, **values: Any) -> bool:
    """Move a broadcast to *to*; False where ``TRANSITIONS`` do not allow it."""
    origins = sorted(state for state, after in TRANSITIONS.items() if to in after)
    here = (broadcasts.c.id == broadcast) & broadcasts.c.state.in_(origins)
    moved = await db.execute(
        update(broadcasts).where(here).values(state=to, moved_at=now, **values)
    )
    return moved.rowcount == 1


async def release(db: Transaction, broadcast: str, now: datetime) -> bool:
    """Let it leave: it was approved, or what stopped it was seen to."""
    return await move(db, broadcast, State.RUNNING, now, why=None, judged_from=now)


async def pause(db: Transaction, broadcast: str, now: datetime, why: str | None = None) -> bool:
    """Let no more of it leave. *why*: ``failures`` or ``filtered`` when nobody said so."""
    return await move(db, broadcast, State.PAUSED, now, why=why)


async def reopen(db: Transaction, broadcast: str, now: datetime) -> None:
    """Let a broadcast that had ended go on: some of it is to leave once more."""
    ended = (broadcasts.c.id == broadcast) & (broadcasts.c.state == State.ENDED)
    await db.execute(update(broadcasts).where(ended).values(state=State.RUNNING, moved_at=now))


async def cancel(db: Transaction, broadcast: str, now: datetime) -> bool:
    """Let no more of it leave, ever. Its rows are put away by the reaper."""
    return await move(db, broadcast, State.CANCELLED, now)


async def find(db: Reads, broadcast: str) -> Broadcast | None:
    """Return one broadcast; None: there is none."""
    found = await db.execute(select(broadcasts).where(broadcasts.c.id == broadcast))
    row = found.mappings().first()
    return None if row is None else _broadcast(row)


async def several(db: Reads, ids: Collection[str]) -> list[Broadcast]:
    """Return the broadcasts with these ids, the oldest first."""
    found = await db.execute(
        select(broadcasts).where(broadcasts.c.id.in_(ids)).order_by(broadcasts.c.made_at)
    )
    return [_broadcast(row) for row in found.mappings()]


async def in_state(db: Reads, *states: State) -> list[Broadcast]:
    """Return the broadcasts that are in one of *states*, the oldest first."""
    found = await db.execute(
        select(broadcasts).where(broadcasts.c.state.in_(states)).order_by(broadcasts.c.made_at)
    )
    return [_broadcast(row) for row in found.mappings()]


async def texts(db: Reads, broadcast: str) -> dict[tuple[int, str, Style], Outbound]:
    """Return what a broadcast says, by part, language and style."""
    found = await db.execute(
        select(broadcast_texts).where(broadcast_texts.c.broadcast == broadcast)
    )
    return {
        (row.part, row.language, Style(row.style)): Outbound(row.text, sound=row.sound)
        for row in found
    }


def _broadcast(row: RowMapping) -> Broadcast:
    return Broadcast(**{**row, "state": State(row["state"])})
