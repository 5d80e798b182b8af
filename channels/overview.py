"""How it goes with each line, for the console and for measures: what waits, what left, is it well.

Every question here looks at a bounded number of rows, however many the ledger holds.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select

from channels import broadcasts, lines, tallies
from channels.inbox import inbox
from channels.ledger import ALONE, BROADCAST, PRIORITY, Kind, State, outbox, standing
from channels.lines import Line
from storage import leases
from storage.unit_of_work import Reads

#: So many are counted that wait for one thing; a page says «more than» beyond it.
COUNTED: Final = 100_000

#: Whoever waits for an answer that long waits too long: delivery.md wants it gone within seconds.
SLOW_AFTER: Final = timedelta(seconds=60)

#: What is for one person; a broadcast may take a day, and is not slow for that.
_PRESSING: Final[tuple[Kind, ...]] = ("reply", "alert", "followup")

#: What the picture on the page shows.
HOUR: Final = timedelta(hours=1)


class Health(StrEnum):
    """How a line is, the gravest that holds."""

    PAUSED = "paused"  # by staff
    SILENT = "silent"  # no process sends on it
    RESTS = "rests"  # its provider asked for that, or kept failing
    SLOW = "slow"  # somebody waits too long
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Overview:
    """One line at one moment."""

    line: Line
    holder: str | None  # the process that sends on it
    waiting: Mapping[Kind, int]
    oldest: Mapping[Kind, datetime]  # since when the one that waits longest could have left
    flying: int  # handed to the provider, no answer yet
    doubtful: int
    hour: Mapping[int, Counter[State]] = field(default_factory=dict)  # by minute since 1970

    @property
    def name(self) -> str:
        """The line's name in the ledger."""
        return self.line.channel

    @property
    def oldest_pressing(self) -> datetime | None:
        """Since when somebody waits for words that are meant for them alone."""
        return min((self.oldest[kind] for kind in _PRESSING if kind in self.oldest), default=None)

    def health(self, now: datetime) -> Health:
        """Say how the line is at *now*."""
        if self.line.paused_at is not None:
            return Health.PAUSED
        if self.holder is None:
            return Health.SILENT
        if not self.line.open(now):
            return Health.RESTS
        since = self.oldest_pressing
        return Health.SLOW if since is not None and now - since > SLOW_AFTER else Health.WELL

    def came_to(self, state: State, since: datetime) -> int:
        """Return how many came to *state* since *since*, at most an hour ago."""
        first = tallies.minute_of(since)
        return sum(counts[state] for minute, counts in self.hour.items() if minute > first)


async def read(db: Reads, names: Collection[str], now: datetime) -> list[Overview]:
    """Return how it goes with the lines *names*, and with any other on which something waits."""
    known = await lines.read(db)
    hour = await tallies.minutes(db, now - HOUR)
    flying = await _under_way(db, State.SUBMITTING)
    doubtful = await _under_way(db, State.UNKNOWN)
    leaving = {one.id for one in await broadcasts.in_state(db, broadcasts.State.RUNNING)}
    return [
        Overview(
            line=known.get(name, Line(name)),
            holder=await leases.holder(db, lines.send_lease(name), now),
            waiting=await _waiting(db, name),
            oldest=await _oldest(db, name, leaving, now),
            flying=flying[name],
            doubtful=doubtful[name],
            hour=hour.get(name, {}),
        )
        for name in sorted({*names, *await used(db)})
    ]


async def held(db: Reads) -> int:
    """Return how many messages came whose turn failed and is taken again."""
    some = select(inbox.c.token).where(inbox.c.due_at.is_not(None)).limit(COUNTED).subquery()
    return int((await db.execute(select(func.count()).select_from(some))).scalar_one())


async def used(db: Reads) -> set[str]:
    """Return the lines on which something waits, by one look into the index for each."""
    found: set[str] = set()
    for here in (ALONE, BROADCAST):
        name: str | None = ""
        while name is not None:
            following = select(func.min(outbox.c.channel)).where(
                standing(State.PLANNED), here, outbox.c.channel > name
            )
            name = (await db.execute(following)).scalar()
            found |= {name} if name is not None else set()
    return found


async def _waiting(db: Reads, name: str) -> dict[Kind, int]:
    here = standing(State.PLANNED) & (outbox.c.channel == name)
    waiting = {
        kind: await _count(db, here & ALONE & (outbox.c.priority == priority))
        for kind, priority in PRIORITY.items()
    }
    waiting["bulk"] += await _count(db, here & BROADCAST)
    return waiting


async def _count(db: Reads, condition: ColumnElement[bool]) -> int:
    some = select(outbox.c.seq).where(condition).limit(COUNTED).subquery()
    return int((await db.execute(select(func.count()).select_from(some))).scalar_one())


async def _oldest(
    db: Reads, name: str, leaving: Collection[str], now: datetime
) -> dict[Kind, datetime]:
    """Return since when the first of each kind is due; a broadcast that may not leave is not."""
    here = standing(State.PLANNED) & (outbox.c.channel == name)
    firsts = {
        kind: [await _first(db, here & ALONE & (outbox.c.priority == priority))]
        for kind, priority in PRIORITY.items()
    }
    firsts["bulk"] += [
        await _first(db, here & BROADCAST & (outbox.c.broadcast == one)) for one in leaving
    ]
    due = {kind: [at for at in ats if at and at <= now] for kind, ats in firsts.items()}
    return {kind: min(ats) for kind, ats in due.items() if ats}


async def _first(db: Reads, condition: ColumnElement[bool]) -> datetime | None:
    found: datetime | None = (
        await db.execute(select(func.min(outbox.c.not_before)).where(condition))
    ).scalar()
    return found


async def _under_way(db: Reads, state: State) -> Counter[str]:
    """Count what is in *state*, by line: never more than was in flight when something broke."""
    leased = outbox.c.lease_until.is_not(None) if state is State.SUBMITTING else None
    where = standing(state) if leased is None else and_(standing(state), leased)
    counted = select(outbox.c.channel, func.count().label("messages")).where(where)
    rows = await db.execute(counted.group_by(outbox.c.channel))
    return Counter({row.channel: row.messages for row in rows})
