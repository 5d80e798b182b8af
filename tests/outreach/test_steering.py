import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels import broadcasts
from channels.base import Address
from channels.broadcasts import State as Leaving
from channels.limiter import Pace
from channels.sender import Sender
from forum import audit
from forum.members import NotAllowed, Role
from outreach import steering, subscribers
from outreach.announcements import Changed, State
from outreach.audiences import Audience, people
from outreach.schedules import Schedule
from tests.support.patience import until
from tests.support.scripted_channel import ScriptedChannel


async def by_language(_db, _audience):
    """Stand for two zones: one for each language."""
    zones = {"Africa/Nairobi": "en", "Africa/Accra": "fr"}
    return {zone: people(Audience(languages=frozenset({tag}))) for zone, tag in zones.items()}


@pytest.fixture
async def going(room, rehema):
    """A broadcast that leaves in two zones."""
    room.office = replace(room.office, zones=by_language)
    await room.list_people((2, "sms", "en"), (2, "sms", "fr"))
    made = await room.write(rehema)
    await room.alone(made, rehema)
    await room.tick()
    return made


async def states(room, made):
    return {one.state for one in await room.broadcasts(made)}


async def test_it_is_paused_in_all_zones_at_once_and_goes_on(room, going, joseph):
    await room.do(steering.pause, going, by=joseph)
    this = await room.find(going)
    assert (this.state, this.moved_by, this.moved_at) == (State.PAUSED, joseph.id, room.now)
    assert await states(room, going) == {Leaving.PAUSED}
    await room.do(steering.resume, going, by=joseph)
    assert (await room.find(going)).state == State.APPROVED
    assert await states(room, going) == {Leaving.RUNNING}
    async with room.database.reading() as reads:
        acts = [act.act for act in await audit.recent(reads, limit=2)]
    assert acts == ["broadcast.resumed", "broadcast.paused"]


async def test_what_is_cancelled_stays_so(room, going, joseph):
    await room.do(steering.cancel, going, by=joseph)
    assert await states(room, going) == {Leaving.CANCELLED}
    for deed in (steering.pause, steering.resume, steering.cancel):
        with pytest.raises(Changed):
            await room.do(deed, going, by=joseph)


async def test_a_zone_that_stopped_by_itself_goes_on_by_hand(room, going, joseph):
    with pytest.raises(Changed):  # nothing of it has stopped
        await room.do(steering.resume, going, by=joseph)
    one = (await room.broadcasts(going))[0]
    async with room.database.transaction() as db:
        await broadcasts.pause(db, one.id, room.now, "failures")
    await room.do(steering.resume, going, by=joseph)
    assert await states(room, going) == {Leaving.RUNNING}


@pytest.fixture
async def grown(room, rehema, joseph):
    """A broadcast of which the first time leaves, and the second waits for a second person."""
    await room.list_people((100, "sms", "en"))
    schedule = Schedule(starts_at=room.now, every=7, times=2)
    made = await room.write(rehema, schedule=schedule)
    await room.let_go(made, rehema, joseph)
    await room.tick()
    await room.list_people((50, "sms", "en"))
    room.now += timedelta(days=7)
    await room.tick()
    return made


async def test_what_left_before_it_had_to_be_asked_again_is_paused_and_goes_on(
    room, grown, joseph
):
    await room.do(steering.pause, grown, by=joseph)
    assert (await room.find(grown)).state == State.ASKED
    assert await states(room, grown) == {Leaving.PAUSED}
    await room.do(steering.resume, grown, by=joseph)
    assert (await room.find(grown)).state == State.ASKED
    assert await states(room, grown) == {Leaving.RUNNING}
    await room.do(steering.cancel, grown, by=joseph)
    assert await states(room, grown) == {Leaving.CANCELLED}


async def test_what_was_paused_while_it_waited_stays_so_when_it_is_approved(room, grown, joseph):
    await room.do(steering.pause, grown, by=joseph)
    await room.approve(grown, joseph)
    await room.tick()
    assert sorted(one.state for one in await room.broadcasts(grown)) == ["paused", "running"]
    await room.do(steering.resume, grown, by=joseph)
    assert await states(room, grown) == {Leaving.RUNNING}


@pytest.mark.parametrize("deed", [steering.pause, steering.resume, steering.cancel])
async def test_who_may_not_steer_does_not(room, going, deed):
    secretary = await room.member(Role.SECRETARY)
    with pytest.raises(NotAllowed):
        await room.do(deed, going, by=secretary)
    assert (await room.find(going)).state == State.APPROVED


@pytest.mark.parametrize("deed", [steering.pause, steering.cancel])
async def test_within_two_seconds_nothing_leaves_any_more(database, keyring, room, rehema, deed):
    """By the real sender, at a hundred messages a second."""
    room.now = datetime.now(UTC)
    async with database.transaction() as db:
        for n in range(600):
            address = Address("sms", f"+25570000{n:04}")
            await subscribers.subscribe(db, keyring, address, language="en", now=room.now)
    second = await room.member()
    made = await room.write(rehema, schedule=Schedule(opens=0, closes=0))
    await room.let_go(made, rehema, second)
    await room.tick()
    channel = ScriptedChannel()
    sender = Sender(
        database, keyring, {"sms": channel}, by="test", paces={"sms": Pace(100, calls=8)}
    )
    running = asyncio.create_task(sender.run(alone=True))
    try:
        await until(lambda: len(channel.taken) >= 50)
        room.now = datetime.now(UTC)
        await room.do(deed, made, by=rehema)
        said = time.monotonic()
        await asyncio.sleep(max(0.0, 2.0 - (time.monotonic() - said)))
        by_then = len(channel.taken)
        await asyncio.sleep(1.0)
        assert len(channel.taken) == by_then < 600
    finally:
        await sender.stop()
        await running
    assert len({one.address for one in channel.taken}) == len(channel.taken)
