"""How far a broadcast has come, by language, channel and site: counted now and then, read often.

The ledger may hold millions of its rows. So a process counts them by one question, no more often
than that is cheap, and writes the sums down; a page reads the sums, and says when they were true.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from time import perf_counter
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
)

from channels import archive as shelved
from channels.dead_letters import Reason
from channels.ledger import BROADCAST, DEAD, JUDGED, State, outbox, standing
from channels.routing import CALLS
from outreach import announcements, runs
from outreach.announcements import State as Going
from outreach.subscribers import State as Listening
from outreach.subscribers import subscribers
from storage import upsert
from storage.base import Instant, metadata
from storage.engine import Database
from storage.unit_of_work import Reads, Transaction

#: Messages by line, language, part and how they stand.
announcement_counts = Table(
    "announcement_counts",
    metadata,
    Column("announcement", String(32), ForeignKey("announcements.id"), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("error", String(64), primary_key=True),  # empty: none
    Column("messages", Integer, nullable=False),
    Column("segments", Integer, nullable=False),
)

#: People by site and what became of the first part that each gets. *site*: its id; empty: none is
#: known.
announcement_places = Table(
    "announcement_places",
    metadata,
    Column("announcement", String(32), ForeignKey("announcements.id"), primary_key=True),
    Column("site", String(32), primary_key=True),
    Column("fate", String(8), primary_key=True),
    Column("people", Integer, nullable=False),
)

#: When that was counted, how long it took (milliseconds), and what had moved last by then.
announcement_counted = Table(
    "announcement_counted",
    metadata,
    Column("announcement", String(32), ForeignKey("announcements.id"), primary_key=True),
    Column("counted_at", Instant, nullable=False),
    Column("took", Integer, nullable=False),
    Column("newest", Instant),
)

#: How often a broadcast under way is counted, and which share of the time that may take at most.
EVERY: Final = timedelta(seconds=3)
SHARE: Final = 0.1


class Fate(StrEnum):
    """What became of one person's message."""

    ARRIVED = "arrived"
    SENT = "sent"  # the provider has it, and has not told more
    MISSED = "missed"
    WAITING = "waiting"


#: Every state of the ledger, by what it means for a person.
_FATES: Final[Mapping[Fate, frozenset[State]]] = {
    Fate.ARRIVED: frozenset({State.DELIVERED}),
    Fate.SENT: frozenset({State.ACCEPTED}),
    Fate.MISSED: DEAD | {State.CANCELLED},
    Fate.WAITING: frozenset({State.PLANNED, State.SUBMITTING, State.UNKNOWN}),
}

_BILLED: Final = frozenset({State.ACCEPTED, State.DELIVERED, State.UNDELIVERED})

_FATE_OF: Final = {state: fate for fate, states in _FATES.items() for state in states}


@dataclass(frozen=True, slots=True)
class Count:
    """So many messages of one line, language and part that stand alike."""

    channel: str
    language: str
    part: int
    state: State
    error: str
    messages: int
    segments: int


@dataclass(frozen=True, slots=True)
class Place:
    """What became of the people of one site. *site*: its id; empty: none is known."""

    site: str
    fates: Mapping[Fate, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """The sums as they were at *counted_at*; None: nothing was counted yet."""

    counts: Sequence[Count]
    places: Sequence[Place]
    counted_at: datetime | None

    @property
    def messages(self) -> int:
        """All that was planned, whatever became of it."""
        return sum(one.messages for one in self.counts)

    @property
    def fates(self) -> Mapping[Fate, int]:
        """Messages by what became of them."""
        return _summed((fate_of(one.state), one.messages) for one in self.counts)

    def billed(self, minutes: Mapping[str, int]) -> Mapping[str, int]:
        """Return what will be on the bills, by line: segments or messages that a provider took.

        Of calls *minutes* by language, for those that were answered.
        """
        taken = Counter[str]()
        for one in self.counts:
            if one.state in _BILLED and one.channel not in CALLS:
                taken[one.channel] += one.segments
            elif one.state is State.DELIVERED:
                taken[one.channel] += one.messages * minutes.get(one.language, 1)
        return dict(sorted(taken.items()))

    def by(self, what: str) -> Mapping[Any, Mapping[Fate, int]]:
        """Return messages by ``language``, ``channel`` or ``part``, and what became of them."""
        found: dict[Any, Counter[Fate]] = {}
        for one in self.counts:
            its = found.setdefault(getattr(one, what), Counter())
            its[fate_of(one.state)] += one.messages
        return {name: _whole(fates) for name, fates in sorted(found.items())}

    @property
    def people(self) -> int:
        """How many people were planned for.

        All get the first part, but where each is sent only what did not arrive before: those are
        known by their sites.
        """
        first = sum(one.messages for one in self.counts if one.part == 0)
        return max(first, sum(sum(one.fates.values()) for one in self.places))

    @property
    def reasons(self) -> Mapping[Reason, int]:
        """Why messages did not arrive, what befell most of them first."""
        found = Counter[Reason]()
        for one in self.counts:
            if one.state in DEAD:
                found[Reason(one.state, one.error or None)] += one.messages
        return dict(found.most_common())


def fate_of(state: State) -> Fate:
    """Return what *state* of a message means for its person."""
    return _FATE_OF[state]


# --- counting -----------------------------------------------------------------------------------


async def count_due(database: Database, now: datetime) -> int:
    """Count what has moved since it was counted last; return how many broadcasts that were."""
    async with database.reading() as reads:
        moved = await due(reads, now)
    for one in moved:
        await count(database, one, now)
    return len(moved)


async def count(database: Database, announcement: str, now: datetime) -> None:
    """Count one anew, and write the sums down."""
    began = perf_counter()
    async with database.reading() as reads:
        ids = [one.id for one in await runs.its_broadcasts(reads, announcement)]
        newest = await _newest(reads, announcement)
        rows, archived = await _counts(reads, ids), await _shelved(reads, ids)
        first = await _first_parts(reads, announcement)
        places = [] if archived else await _places(reads, ids, first)
    took = int((perf_counter() - began) * 1000)
    async with database.transaction() as db:
        await _write(db, announcement, _merged(rows, archived), places)
        noted = {"counted_at": now, "took": took, "newest": newest}
        new = upsert.insert(db, announcement_counted).values(announcement=announcement, **noted)
        await db.execute(new.on_conflict_do_update(index_elements=["announcement"], set_=noted))


async def due(reads: Reads, now: datetime) -> list[str]:
    """Return what is under way or has moved, and was not counted a moment ago."""
    done = announcement_counted.c
    of = announcements.announcements.c
    open_ = of.state.in_([Going.APPROVED, Going.PAUSED, Going.ASKED])
    rows = await reads.execute(
        select(of.id, open_.label("open"), done.counted_at, done.took, done.newest)
        .join(announcement_counted, done.announcement == of.id, isouter=True)
        .where(of.began_at.is_not(None))
        .where(open_ | (of.moved_at > now - _LOOKED_BACK))
    )
    found = []
    for row in rows.all():
        if row.counted_at is not None:
            pause = max(EVERY, timedelta(milliseconds=row.took / SHARE))
            if now - row.counted_at < pause:
                continue
            if not row.open and await _newest(reads, row.id) == row.newest:
                continue
        found.append(row.id)
    return found


#: So long after its end reports may still come (``reaper.RECEIPTS_CEASE`` after the expiry), and
#: the ledger still has all of it (``archive.BROADCAST_KEPT``).
_LOOKED_BACK: Final = timedelta(days=6)


async def _newest(reads: Reads, announcement: str) -> datetime | None:
    """Return when the last of its messages came to an answer or a report, by an index."""
    newest: datetime | None = None
    for one in await runs.its_broadcasts(reads, announcement):
        its = BROADCAST & standing(*JUDGED) & (outbox.c.broadcast == one.id)
        moved = (await reads.execute(select(func.max(outbox.c.moved_at)).where(its))).scalar()
        last = max(filter(None, (moved, one.moved_at)))
        newest = last if newest is None else max(newest, last)
    return newest


async def _counts(reads: Reads, ids: Sequence[str]) -> list[Row[Any]]:
    of = outbox.c
    by = (of.channel, of.language, of.part, of.state, of.error)
    sums = (func.count().label("messages"), func.sum(of.segments).label("segments"))
    its = BROADCAST & of.broadcast.in_(ids)
    return [*await reads.execute(select(*by, *sums).where(its).group_by(*by))]


async def _shelved(reads: Reads, ids: Sequence[str]) -> list[Row[Any]]:
    of = shelved.archive.c
    by = (of.channel, of.language, of.part, of.state, of.error)
    sums = (func.sum(of.messages).label("messages"), func.sum(of.segments).label("segments"))
    return [*await reads.execute(select(*by, *sums).where(of.broadcast.in_(ids)).group_by(*by))]


async def _first_parts(reads: Reads, announcement: str) -> ColumnElement[bool]:
    """Return which rows are the first of each person.

    That of everybody is part 0, unless each is sent only what did not arrive before.
    """
    this = await announcements.find(reads, announcement)
    if this is None or this.draft.again_of is None:
        return outbox.c.part == 0
    own, before = outbox.c, outbox.alias()
    theirs = (before.c.broadcast == own.broadcast) & (before.c.route_id == own.route_id)
    earlier = before.c.broadcast.is_not(None) & theirs & (before.c.part < own.part)
    return ~exists().where(earlier)


async def _places(reads: Reads, ids: Sequence[str], first: ColumnElement[bool]) -> list[Row[Any]]:
    of = outbox.c
    its = BROADCAST & of.broadcast.in_(ids) & first
    # Named by state, so that the index over the list of subscribers leads to them.
    listed = subscribers.c.state.in_(list(Listening)) & (subscribers.c.route_id == of.route_id)
    one = (
        select(func.coalesce(subscribers.c.site_id, "").label("site"), _fate().label("fate"))
        .select_from(outbox.join(subscribers, listed, isouter=True))
        .where(its)
        .subquery()
    )
    by = (one.c.site, one.c.fate)
    return [*await reads.execute(select(*by, func.count().label("people")).group_by(*by))]


def _fate() -> ColumnElement[str]:
    whens: dict[State, ColumnElement[str]] = {
        state: literal_column(f"'{fate}'") for fate, states in _FATES.items() for state in states
    }
    return case(whens, value=outbox.c.state)


def _merged(*several: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    messages, segments = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]]()
    for rows in several:
        for row in rows:
            key = (row.channel, row.language or "", row.part, row.state, row.error or "")
            messages[key] += int(row.messages)
            segments[key] += int(row.segments)
    names = ("channel", "language", "part", "state", "error")
    return [
        {
            **dict(zip(names, key, strict=True)),
            "messages": messages[key],
            "segments": segments[key],
        }
        for key in sorted(messages)
    ]


async def _write(
    db: Transaction,
    announcement: str,
    counts: Sequence[Mapping[str, Any]],
    places: Sequence[Row[Any]],
) -> None:
    own = {"announcement": announcement}
    # Two that count at once write one after the other.
    this = announcements.announcements.c.id == announcement
    await db.execute(select(announcements.announcements.c.id).where(this).with_for_update())
    old = announcement_counts.c.announcement == announcement
    await db.execute(delete(announcement_counts).where(old))
    if counts:
        await db.execute(insert(announcement_counts), [{**own, **one} for one in counts])
    if places:
        old = announcement_places.c.announcement == announcement
        await db.execute(delete(announcement_places).where(old))
        rows = [
            {**own, "site": row.site, "fate": row.fate, "people": row.people} for row in places
        ]
        await db.execute(insert(announcement_places), rows)


# --- reading ------------------------------------------------------------------------------------


async def read(db: Reads, announcement: str) -> Progress:
    """Return the sums as they were counted last."""
    counts, places = announcement_counts.c, announcement_places.c
    rows = await db.execute(
        select(*(counts[name] for name in Count.__dataclass_fields__)).where(
            counts.announcement == announcement
        )
    )
    found = [
        Count(
            row.channel,
            row.language,
            row.part,
            State(row.state),
            row.error,
            row.messages,
            row.segments,
        )
        for row in rows
    ]
    fates: dict[str, Counter[Fate]] = {}
    for row in await db.execute(
        select(places.site, places.fate, places.people).where(places.announcement == announcement)
    ):
        fates.setdefault(row.site, Counter())[Fate(row.fate)] += row.people
    at = select(announcement_counted.c.counted_at).where(
        announcement_counted.c.announcement == announcement
    )
    counted_at = (await db.execute(at)).scalar()
    return Progress(
        sorted(found, key=lambda one: (one.channel, one.language, one.part, one.state)),
        [Place(site, _whole(its)) for site, its in sorted(fates.items())],
        counted_at,
    )


async def sums(db: Reads, ids: Collection[str]) -> dict[str, Mapping[Fate, int]]:
    """Return what became of the messages of several, by their ids; uncounted ones are absent."""
    of = announcement_counts.c
    rows = await db.execute(
        select(of.announcement, of.state, func.sum(of.messages).label("messages"))
        .where(of.announcement.in_(ids))
        .group_by(of.announcement, of.state)
    )
    found: dict[str, Counter[Fate]] = {}
    for row in rows:
        its = found.setdefault(row.announcement, Counter())
        its[fate_of(State(row.state))] += int(row.messages)
    return {one: _whole(fates) for one, fates in found.items()}


def _summed(pairs: Iterable[tuple[Fate, int]]) -> Mapping[Fate, int]:
    found = Counter[Fate]()
    for fate, number in pairs:
        found[fate] += number
    return _whole(found)


def _whole(found: Mapping[Fate, int]) -> Mapping[Fate, int]:
    return {fate: found.get(fate, 0) for fate in Fate}
