"""What became of messages: of a broadcast as a whole, and of one answer of a case.

Nobody is looked up by a number or a name here: the ledger knows neither.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from channels import archive, broadcasts, overview
from channels.base import Style
from channels.broadcasts import Broadcast, broadcast_texts
from channels.dead_letters import Reason
from channels.ledger import BROADCAST, JUDGED, State, outbox, standing
from storage.unit_of_work import Reads

#: Broadcasts on a page.
RECENT: Final = 20

#: Of how many messages, the newest, it is told how they ended; and how many waiting are counted.
LOOKED_AT: Final = 10_000
COUNTED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Told:
    """A broadcast, and the beginning of what it says."""

    broadcast: Broadcast
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast has come. *judged*: of the newest ``LOOKED_AT`` that were sent."""

    waiting: int  # no more than ``COUNTED`` are counted
    judged: dict[State, int]
    reasons: dict[Reason, int]

    @property
    def looked_at(self) -> int:
        """Of how many it is known how they ended."""
        return sum(self.judged.values())


@dataclass(frozen=True, slots=True)
class Fate:
    """How far the message came that carries one entry of a case."""

    id: str
    channel: str
    state: State
    error: str | None
    at: datetime


async def recent(db: Reads, language: str) -> list[Told]:
    """Return the newest broadcasts."""
    newest = (
        select(broadcasts.broadcasts.c.id)
        .order_by(broadcasts.broadcasts.c.made_at.desc())
        .limit(RECENT)
    )
    found = [await told(db, one, language) for one in (await db.execute(newest)).scalars().all()]
    return [one for one in found if one is not None]


async def told(db: Reads, broadcast: str, language: str) -> Told | None:
    """Return one broadcast, with its first words in *language* if it speaks that."""
    found = await broadcasts.find(db, broadcast)
    if found is None:
        return None
    first = select(broadcast_texts.c.language, broadcast_texts.c.text).where(
        broadcast_texts.c.broadcast == broadcast,
        broadcast_texts.c.part == 0,
        broadcast_texts.c.style != Style.VOICE,
    )
    texts = {row.language: row.text for row in await db.execute(first)}
    return Told(found, texts.get(language) or texts.get(found.language, ""))


async def progress(db: Reads, broadcast: str) -> Progress:
    """Say how far *broadcast* has come, by a bounded number of rows and by the archive."""
    its = BROADCAST & (outbox.c.broadcast == broadcast)
    newest = (
        select(outbox.c.state, outbox.c.error)
        .where(standing(*JUDGED), its)
        .order_by(outbox.c.moved_at.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    counted = select(newest.c.state, newest.c.error, func.count().label("messages")).group_by(
        newest.c.state, newest.c.error
    )
    judged: dict[State, int] = {}
    reasons: dict[Reason, int] = {}
    old = [row for row in await archive.ends(db, broadcast) if row.state in JUDGED]
    for row in (*await db.execute(counted), *old):
        state, messages = State(row.state), int(row.messages)
        judged[state] = judged.get(state, 0) + messages
        if state in {State.FAILED, State.UNDELIVERED}:
            reason = Reason(state, row.error)
            reasons[reason] = reasons.get(reason, 0) + messages
    somewhere = outbox.c.channel.in_(await overview.used(db))  # as its index begins
    here = standing(State.PLANNED) & somewhere & its
    some = select(outbox.c.seq).where(here).limit(COUNTED).subquery()
    waiting = (await db.execute(select(func.count()).select_from(some))).scalar_one()
    ranked = dict(sorted(reasons.items(), key=lambda item: -item[1]))
    return Progress(int(waiting), judged, ranked)


async def of_entries(db: Reads, entries: Collection[str]) -> dict[str, Fate]:
    """Return how far the messages came that still carry one of *entries*, by entry."""
    columns = (outbox.c.id, outbox.c.channel, outbox.c.state, outbox.c.error, outbox.c.moved_at)
    found = await db.execute(
        select(outbox.c.entry_id, *columns)
        .where(outbox.c.entry_id.in_(entries), outbox.c.entry_id.is_not(None))
        .order_by(outbox.c.seq)
    )
    # Of several the newest counts: an answer that was too long travels in parts.
    return {
        row.entry_id: Fate(row.id, row.channel, State(row.state), row.error, row.moved_at)
        for row in found
    }
