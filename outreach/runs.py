"""Each time that a broadcast leaves is a row: due, made ready, gone. And how it is made ready.

A process that dies in between leaves a row that says how far it came, and whoever takes the lease
next goes on there: nobody gets it twice, and nobody is left out.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from channels import broadcasts, planning
from channels.ways import Way
from forum import audit
from outreach import (
    announcements,
    called,
    inviting,
    recipients,
    reminders,
    schedules,
    survey_invitations,
    wording,
)
from outreach.announcements import Announcement
from outreach.announcements import State as Going
from outreach.copies import announcement_broadcasts
from outreach.recipients import Zones
from outreach.schedules import Moment
from storage.base import Instant, metadata
from storage.engine import Database
from storage.unit_of_work import Reads, Transaction

announcement_runs = Table(
    "announcement_runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("announcement", String(32), ForeignKey("announcements.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("day", String(10)),  # of a reminder: it begins in each zone by itself
    Column("state", String(8), nullable=False),
    Column("moved_at", Instant, nullable=False),
    Index("ix_announcement_runs_number", "announcement", "number", unique=True),
    Index("ix_announcement_runs_due", "state", "due_at"),
)


class State(StrEnum):
    """How far one time of it has come."""

    DUE = "due"  # or will be
    READYING = "readying"  # its rows are being written
    GONE = "gone"  # all its rows are in the ledger, and may leave
    MISSED = "missed"  # nobody was there in time


@dataclass(frozen=True, slots=True)
class Run:
    """One time that a broadcast leaves."""

    id: str
    announcement: str
    number: int
    due_at: datetime
    day: date | None
    state: State
    moved_at: datetime

    @property
    def moment(self) -> Moment:
        """When that is."""
        return Moment(self.due_at, self.day)


#: Judges, in the transaction that begins one, whether it may still leave
#: (``approvals.still_holds``).
Judge: TypeAlias = Callable[[Transaction, Announcement], Awaitable[bool]]

#: Later than any survey is over.
_NEVER: Final = datetime.max.replace(tzinfo=UTC)

#: How many are begun at a time.
AT_A_TIME: Final = 20


async def to_come(db: Reads, this: Announcement, zone: tzinfo, now: datetime) -> Sequence[Moment]:
    """Return when *this* would leave if it were let now.

    What has passed is left out, and what comes after the survey that it invites to is over.
    """
    schedule, over = this.draft.schedule, await inviting.over_at(db, this)
    found = schedules.moments(schedule, now, zone)
    still = [one for one in found if schedules.last_end(schedule, one) > now]
    return [one for one in still if over is None or one.due_at < over]


async def plan_out(db: Transaction, this: Announcement, zone: tzinfo, now: datetime) -> None:
    """Write down when *this* leaves; of one that has begun already the rest stays as it is."""
    if this.began_at is not None:
        return
    of = announcement_runs.c
    await db.execute(delete(announcement_runs).where(of.announcement == this.id))
    rows = [
        {
            "id": uuid4().hex,
            "announcement": this.id,
            "number": number,
            "due_at": moment.due_at,
            "day": None if moment.day is None else moment.day.isoformat(),
            "state": State.DUE,
            "moved_at": now,
        }
        for number, moment in enumerate(await to_come(db, this, zone, now), start=1)
    ]
    await db.execute(insert(announcement_runs), rows)


async def of_announcement(db: Reads, announcement: str) -> Sequence[Run]:
    """Return every time that it leaves, in order."""
    of = announcement_runs.c
    rows = await db.execute(_RUNS.where(of.announcement == announcement).order_by(of.number))
    return [_run(row) for row in rows]


# --- what a process does ------------------------------------------------------------------------


async def anything(db: Reads) -> bool:
    """Whether there may be something to do: most of the time no broadcast is under way."""
    going = announcements.announcements.c.state.in_([Going.APPROVED, Going.PAUSED])
    open_ = select(announcements.announcements.c.id).where(going).limit(1)
    half_made = select(announcement_runs.c.id).where(announcement_runs.c.state == State.READYING)
    for question in (open_, half_made.limit(1)):
        if (await db.execute(question)).first() is not None:
            return True
    return False


async def begin_due(database: Database, *, zones: Zones, judge: Judge, now: datetime) -> int:
    """Begin what is due: its broadcasts are in the ledger then, and wait. Return how many began.

    One that is over everywhere by now is missed.
    """
    async with database.reading() as reads:
        of = announcement_runs.c
        owners = announcements.announcements
        may = owners.c.state == Going.APPROVED
        due = (
            _RUNS.join(owners, owners.c.id == of.announcement)
            .where(may, of.state == State.DUE, of.due_at <= now)
            .order_by(of.due_at)
            .limit(AT_A_TIME)
        )
        found = [_run(row) for row in await reads.execute(due)]
    begun = 0
    for run in found:
        async with database.transaction() as db:
            begun += await _begin(db, run, zones, judge, now)
    return begun


async def _begin(db: Transaction, run: Run, zones: Zones, judge: Judge, now: datetime) -> bool:
    """Begin one, if nobody else has; False: it does not begin."""
    this = await announcements.held(db, run.announcement)
    if this.state is not Going.APPROVED:
        return False
    over = await inviting.over_at(db, this) or _NEVER
    if min(over, schedules.last_end(this.draft.schedule, run.moment, this.draft.parts)) <= now:
        await _move(db, run.id, State.DUE, State.MISSED, now)
        return False
    if not await judge(db, this):
        return False
    if not await _move(db, run.id, State.DUE, State.READYING, now):
        return False
    first = (announcements.announcements.c.id == this.id) & (
        announcements.announcements.c.began_at.is_(None)
    )
    await db.execute(update(announcements.announcements).where(first).values(began_at=now))
    written = await announcements.texts(db, this.id)
    draft = this.draft
    said = written if run.day is None else reminders.led(written, draft.schedule, run.day)
    spoken = await called.languages(db, this)
    texts = [
        *wording.wordings(said, await called.aloud(db, this)),
        *called.wordings(written, spoken),
    ]
    for zone in sorted(await zones(db, draft.audience)):
        windows = _windows(this, run, zone, over)
        not_before, expires_at = windows[0][0], windows[-1][1]
        if expires_at <= max(now, not_before):
            continue
        made = await broadcasts.create(
            db,
            texts,
            language=draft.language,
            not_before=not_before,
            expires_at=expires_at,
            now=now,
            opens=draft.schedule.opens,
            closes=draft.schedule.closes,
            zone=zone,
            spread=draft.schedule.apart > 0,
        )
        row = {"broadcast": made, "announcement": this.id, "run": run.id, "zone": zone}
        await db.execute(insert(announcement_broadcasts).values(row))
    await audit.record(db, actor="system", act="broadcast.begun", subject=this.id, now=now)
    return True


async def ready(
    database: Database,
    *,
    zones: Zones,
    ways: Mapping[str, Way],
    now: datetime,
    enough: Callable[[], bool] = bool,
) -> int:
    """Write the rows of what has begun, and let it leave; return how many are gone now.

    *enough*: whether to stop here. Nothing leaves of which rows are missing.
    """
    async with database.reading() as reads:
        of = announcement_runs.c
        rows = await reads.execute(_RUNS.where(of.state == State.READYING).order_by(of.due_at))
        begun = [_run(row) for row in rows]
    gone = 0
    for run in begun:
        await _write_rows(database, run, zones, ways, now, enough)
        if enough():
            break
        async with database.transaction() as db:
            await _let_go(db, run, now)
        gone += 1
    return gone


async def _write_rows(
    database: Database,
    run: Run,
    zones: Zones,
    ways: Mapping[str, Way],
    now: datetime,
    enough: Callable[[], bool],
) -> None:
    async with database.reading() as reads:
        this = await announcements.find(reads, run.announcement)
        if this is None:
            return
        spoken = wording.spoken(await announcements.texts(reads, this.id))
        calls = await called.calls(reads, this, ways)
        missed = await recipients.missed(reads, this)
        parted = await zones(reads, this.draft.audience)
        its = await of_run(reads, run.id)
        over = await inviting.over_at(reads, this) or _NEVER
    for zone, broadcast in its.items():
        others = [one for other, one in its.items() if other != zone]
        # Where nobody lives any more there is nothing to wait for: it has to come to its end too.
        there = parted.get(zone, recipients.NOBODY)
        theirs = recipients.chosen(this, spoken, there, now=now, calls=calls, missed=missed)
        found = recipients.not_in(others, theirs)
        await planning.plan(
            database,
            broadcast,
            found,
            lines={channel: way.line for channel, way in ways.items()},
            styles={way.line: way.style for way in ways.values()},
            wanted=None if missed is None else missed.part,
            windows=_windows(this, run, zone, over),
            now=now,
            enough=enough,
        )


def _windows(
    this: Announcement, run: Run, zone: str, over: datetime
) -> Sequence[tuple[datetime, datetime]]:
    """Return from when to when each message of one time is worth sending in *zone*.

    *over*: nothing of it is from then on.
    """
    draft = this.draft
    found = schedules.windows(draft.schedule, run.moment, ZoneInfo(zone), draft.parts)
    return [(begins, min(ends, over)) for begins, ends in found]


async def _let_go(db: Transaction, run: Run, now: datetime) -> None:
    """Let its broadcasts leave, unless somebody paused or cancelled it meanwhile."""
    this = await announcements.held(db, run.announcement)
    await _move(db, run.id, State.READYING, State.GONE, now)
    its = (await of_run(db, run.id)).values()
    if this.draft.survey_id is not None and this.state is not Going.CANCELLED:
        await survey_invitations.wrote(db, this.draft.survey_id, its)
    for broadcast in its:
        if this.state is Going.APPROVED:
            await broadcasts.release(db, broadcast, now)
        elif this.state is Going.CANCELLED:
            await broadcasts.cancel(db, broadcast, now)


async def end_over(database: Database, now: datetime) -> int:
    """End what has left for the last time, and of which nothing waits; return how many."""
    ended = 0
    async with database.reading() as reads:
        going = await announcements.in_state(reads, Going.APPROVED, Going.PAUSED)
        over = [one for one in going if await _over(reads, one.id, now)]
    for one in over:
        async with database.transaction() as db:
            ended += await announcements.move(db, one.id, Going.ENDED, by=None, now=now)
    return ended


async def _over(db: Reads, announcement: str, now: datetime) -> bool:
    of, its = announcement_runs.c, announcement_broadcasts.c
    theirs = broadcasts.broadcasts.c
    open_runs = select(of.id).where(
        of.announcement == announcement, of.state.in_([State.DUE, State.READYING])
    )
    if (await db.execute(open_runs.limit(1))).first() is not None:
        return False
    ends = [broadcasts.State.ENDED, broadcasts.State.CANCELLED]
    never = (theirs.state == broadcasts.State.WAITING) & (theirs.expires_at <= now)
    open_ = (
        select(its.broadcast)
        .join(broadcasts.broadcasts, theirs.id == its.broadcast)
        .where(its.announcement == announcement, theirs.state.not_in(ends), ~never)
    )
    return (await db.execute(open_.limit(1))).first() is None


async def of_run(db: Reads, run: str) -> dict[str, str]:
    """Return the broadcasts of one time, by zone."""
    its = announcement_broadcasts.c
    rows = await db.execute(
        select(its.zone, its.broadcast).where(its.run == run).order_by(its.zone)
    )
    return {row.zone: row.broadcast for row in rows}


async def its_broadcasts(db: Reads, announcement: str) -> Sequence[broadcasts.Broadcast]:
    """Return everything of it that is in the send ledger, the oldest first."""
    its = announcement_broadcasts.c
    ids = (
        await db.execute(select(its.broadcast).where(its.announcement == announcement))
    ).scalars()
    return await broadcasts.several(db, ids.all())


async def cancel(db: Transaction, announcement: str, now: datetime) -> None:
    """Let nothing more leave of what is in the send ledger, ever."""
    for one in await its_broadcasts(db, announcement):
        await broadcasts.cancel(db, one.id, now)


async def _move(db: Transaction, run: str, of: State, to: State, now: datetime) -> bool:
    here = (announcement_runs.c.id == run) & (announcement_runs.c.state == of)
    moved = await db.execute(update(announcement_runs).where(here).values(state=to, moved_at=now))
    return moved.rowcount == 1


_RUNS = select(*(announcement_runs.c[name] for name in Run.__dataclass_fields__))


def _run(row: Row[Any]) -> Run:
    day = None if row.day is None else date.fromisoformat(row.day)
    return Run(
        row.id, row.announcement, row.number, row.due_at, day, State(row.state), row.moved_at
    )
