"""What has to be seen to beside the sending.

Leases that ran out, doors that were shut, broadcasts that go wrong or have come to their end, and
what stands at the providers.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from channels import broadcasts, contacts, dispatch, lines, optout, overview, reaper, shut_doors
from channels.base import Stopped
from channels.broadcasts import Broadcast
from channels.desk import Desk
from channels.error_codes import FILTERED, UNANSWERED
from channels.ledger import BROADCAST, JUDGED, STANDING, State, outbox, standing
from channels.limiter import Pace
from channels.lines import Line
from channels.routing import kind, reached
from storage import leases
from storage.unit_of_work import Reads

log = structlog.get_logger()

#: A broadcast is judged by its last 200 messages, once there are 50: paused where more than 10 %
#: failed, or more than 2 % were filtered (Twilio 30007), which is about its words.
JUDGED_BY = 200
ENOUGH_TO_JUDGE = 50
MOST_FAILED = 0.10
MOST_FILTERED = 0.02

#: At most so many seconds of a line's rate stand in its provider's own queue (delivery.md, 3.10):
#: what stands there can be neither paused nor overtaken by an answer.
STANDING_SECONDS = 60

#: What was accepted longer ago, and of which nothing was heard, stands nowhere any more.
HEARD_WITHIN = timedelta(minutes=10)


async def reap(desk: Desk, *, everything: bool = False) -> None:
    """Take back what dead senders held. *everything*: no other sender lives."""
    now = desk.clock()
    async with desk.database.transaction() as db:
        reaped = await reaper.reap(db, now, everything=everything)
    if reaped.unknown:
        log.warning("sender.reaped", unknown=reaped.unknown)


async def adopt(desk: Desk, ours: Collection[str]) -> None:
    """Carry what waits on a line that is not set up any more, where one of *ours* leads as far."""
    now = desk.clock()
    async with desk.database.reading() as reads:
        orphans = [
            line
            for line in await overview.used(reads) - frozenset(ours)
            if await leases.holder(reads, lines.send_lease(line), now) is None
        ]
    for orphan in orphans:
        heir = next((line for line in ours if kind(line) == kind(orphan)), None)
        while heir is not None:
            async with desk.database.transaction() as db:
                if not await dispatch.adopt(db, orphan, heir):
                    break


async def act_on_shut_doors(desk: Desk) -> None:
    """Stop news to whoever shut the door, as a refusal or a receipt told."""
    async with desk.database.reading() as reads:
        shut = await shut_doors.waiting(reads)
    if not shut:
        return
    async with desk.database.reading_routes() as reads:
        routes = await contacts.sealed(reads, {route_id for _, route_id, _ in shut})
    own = {name: contacts.opened(desk.keyring, route) for name, route in routes.items()}
    doors = {one: reached(own[route], line) for one, route, line in shut if route in own}
    async with desk.database.transaction() as db:
        for address in dict.fromkeys(doors.values()):
            await optout.stop(db, desk.keyring, address, desk.clock(), optout.By.DOOR)
    heeded = [
        one for one, _, _ in shut if one not in doors or await desk.tell(Stopped(doors[one], one))
    ]
    async with desk.database.transaction() as db:
        await shut_doors.acted_on(db, heeded)


# --- broadcasts ---------------------------------------------------------------------------------


async def see_to_broadcasts(desk: Desk) -> None:
    """Pause what goes wrong, end what is over, and put away what will not leave any more."""
    now = desk.clock()
    async with desk.database.reading() as reads:
        going = await broadcasts.in_state(reads, broadcasts.State.RUNNING, broadcasts.State.PAUSED)
        wrong = {one.id: await _wrong(reads, one) for one in going if one.state == "running"}
        over = [one.id for one in going if await _over(reads, one, now)]
    for broadcast, why in wrong.items():
        if why is not None:
            async with desk.database.transaction() as db:
                await broadcasts.pause(db, broadcast, now, why)
            log.warning("broadcast.paused", why=why)
    for broadcast in over:
        async with desk.database.transaction() as db:
            await broadcasts.move(db, broadcast, broadcasts.State.ENDED, now)
    async with desk.database.transaction() as db:
        await reaper.put_away(db, now)


async def put_away_parts(desk: Desk) -> bool:
    """Put away parts that are too late of what still goes on; False: there are no more."""
    now = desk.clock()
    async with desk.database.reading() as reads:
        late = await reaper.late_parts(reads, now)
    if late:
        async with desk.database.transaction() as db:
            await reaper.put_away_parts(db, late, now)
    return len(late) == reaper.AT_A_TIME


async def _wrong(reads: Reads, broadcast: Broadcast) -> str | None:
    """Say why a broadcast should not go on; None: it may."""
    last = (
        select(outbox.c.state, outbox.c.error)
        .where(outbox.c.broadcast == broadcast.id, outbox.c.broadcast.is_not(None))
        .where(
            standing(*JUDGED), outbox.c.moved_at >= (broadcast.judged_from or broadcast.made_at)
        )
        .order_by(outbox.c.moved_at.desc())
        .limit(JUDGED_BY)
    )
    rows = (await reads.execute(last)).all()
    if len(rows) < ENOUGH_TO_JUDGE:
        return None
    died = [row for row in rows if row.state in {State.FAILED, State.UNDELIVERED}]
    failed = [row for row in died if row.error not in UNANSWERED]
    if sum(row.error == FILTERED for row in failed) > MOST_FILTERED * len(rows):
        return "filtered"
    return "failures" if len(failed) > MOST_FAILED * len(rows) else None


async def _over(reads: Reads, broadcast: Broadcast, now: datetime) -> bool:
    if broadcast.expires_at <= now:
        return True
    if broadcast.planned_at is None:
        return False
    # Each by an index over what is open: a broadcast's own holds all that was ever planned of it.
    its = func.coalesce(outbox.c.broadcast, "") == broadcast.id
    somewhere = outbox.c.channel.in_(await overview.used(reads))
    for open_ in (
        standing(State.SUBMITTING) & outbox.c.lease_until.is_not(None) & its,
        standing(State.UNKNOWN) & its,
        standing(State.PLANNED) & somewhere & BROADCAST & (outbox.c.broadcast == broadcast.id),
    ):
        found = await reads.execute(select(outbox.c.seq).where(open_).limit(1))
        if found.first() is not None:
            return False
    return True


# --- what stands at the providers ---------------------------------------------------------------


async def stands(reads: Reads, line: Line, pace: Pace, now: datetime) -> bool:
    """Whether enough of *line* stands in its provider's queue.

    Only where the provider has told lately what became of messages: one that never tells, or
    cannot reach us, has no queue that we could know of.
    """
    if line.last_receipt_at is None or line.last_receipt_at < now - HEARD_WITHIN:
        return False
    there = select(func.sum(outbox.c.segments)).where(
        outbox.c.channel == line.channel,
        STANDING,
        outbox.c.submitted_at > now - HEARD_WITHIN,
    )
    total: int | None = (await reads.execute(there)).scalar()
    return (total or 0) >= STANDING_SECONDS * pace.per_second
