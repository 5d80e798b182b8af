from datetime import timedelta

import pytest

from channels import inbox, lines, overview, tallies
from channels.base import Address, Inbound
from channels.ledger import State
from channels.overview import SLOW_AFTER, Health
from channels.tallies import Tally
from storage import leases
from tests.support.letters import broadcast, letter

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sms(database, now):
    """Return how it goes with the line «sms»."""

    async def read(at=now):
        async with database.reading() as db:
            found = await overview.read(db, ["sms"], at)
        return next(one for one in found if one.name == "sms")

    return read


@pytest.fixture
def do(database):
    async def done(act, *args, **named):
        async with database.transaction() as db:
            return await act(db, *args, **named)

    return done


@pytest.fixture
async def held(do, now):
    """Some process sends on «sms»."""
    await do(leases.take, lines.send_lease("sms"), "host:1", now)


async def test_what_waits_is_counted_by_how_urgent_it_is(database, now, sms):
    of = await broadcast(database, now)
    for kind, many in (("reply", 2), ("alert", 1), ("followup", 1), ("bulk", 1)):
        for _ in range(many):
            await letter(database, now, State.PLANNED, kind=kind)
    await letter(database, now, State.PLANNED, kind="bulk", broadcast=of)
    await letter(database, now, State.PLANNED, channel="telegram")
    await letter(database, now, State.DELIVERED)
    assert (await sms()).waiting == {"reply": 2, "alert": 1, "followup": 1, "bulk": 2}


async def test_no_more_is_counted_than_anybody_would_read(database, now, sms, monkeypatch):
    monkeypatch.setattr(overview, "COUNTED", 2)
    for _ in range(3):
        await letter(database, now, State.PLANNED)
    assert (await sms()).waiting["reply"] == 2


async def test_the_oldest_is_told_of_what_may_leave(database, now, sms):
    running = await broadcast(database, now)
    asleep = await broadcast(database, now, running=False)
    await letter(database, now, State.PLANNED, not_before=now - 2 * MINUTE)
    await letter(database, now, State.PLANNED, kind="followup", not_before=now + MINUTE)
    for of, wait in ((running, MINUTE), (asleep, 9 * MINUTE)):
        await letter(
            database, now, State.PLANNED, kind="bulk", broadcast=of, not_before=now - wait
        )
    seen = await sms()
    assert seen.oldest == {"reply": now - 2 * MINUTE, "bulk": now - MINUTE}
    assert seen.oldest_pressing == now - 2 * MINUTE


async def test_what_is_under_way_and_in_doubt_is_counted(database, now, sms):
    await letter(database, now, State.SUBMITTING, lease_until=now + MINUTE)
    await letter(database, now, State.UNKNOWN)
    await letter(database, now, State.UNKNOWN)
    seen = await sms()
    assert (seen.flying, seen.doubtful) == (1, 2)


async def test_a_line_on_which_something_waits_is_never_left_out(database, now):
    of = await broadcast(database, now)
    await letter(database, now, State.PLANNED, channel="gateway")
    await letter(database, now, State.PLANNED, channel="whatsapp", broadcast=of)
    async with database.reading() as db:
        found = await overview.read(db, ["sms"], now)
    assert [one.name for one in found] == ["gateway", "sms", "whatsapp"]


async def test_a_line_that_nobody_sends_on_is_silent(sms, now, do):
    assert (await sms()).health(now) is Health.SILENT
    await do(leases.take, lines.send_lease("sms"), "host:1", now)
    assert (await sms()).health(now) is Health.WELL
    later = now + leases.HOLDS_FOR
    assert (await sms(later)).health(later) is Health.SILENT


async def test_a_line_rests_as_long_as_it_was_told_to(held, sms, now, do):
    await do(lines.note, "sms", rests_until=now + timedelta(seconds=5))
    assert (await sms()).health(now) is Health.RESTS
    later = now + timedelta(seconds=5)
    assert (await sms(later)).health(later) is Health.WELL


async def test_what_staff_paused_is_called_paused_whatever_else_is_wrong(sms, now, do):
    await do(lines.pause, "sms", "m" * 32, now)
    assert (await sms()).health(now) is Health.PAUSED
    await do(lines.resume, "sms")
    assert (await sms()).health(now) is Health.SILENT


@pytest.mark.parametrize(("kind", "health"), [("reply", Health.SLOW), ("bulk", Health.WELL)])
async def test_a_line_is_slow_when_a_person_waits(held, database, sms, now, kind, health):
    since = now - SLOW_AFTER - timedelta(seconds=1)
    await letter(database, now, State.PLANNED, kind=kind, not_before=since)
    assert (await sms()).health(now) is health


async def test_what_left_is_told_for_the_last_minutes(database, sms, now):
    tally = Tally(database)
    for minutes, many in ((0, 1), (4, 2), (5, 4), (59, 8), (61, 16)):
        for _ in range(many):
            await tally.note("sms", State.ACCEPTED, now - minutes * MINUTE)
    await tally.write(now)
    seen = await sms()
    assert seen.came_to(State.ACCEPTED, now - 5 * MINUTE) == 3
    assert seen.came_to(State.ACCEPTED, now - overview.HOUR) == 15
    assert seen.came_to(State.FAILED, now - overview.HOUR) == 0
    assert tallies.minute_of(now) in seen.hour


async def test_turns_that_failed_are_counted(database, keyring, now):
    async with database.transaction() as db:
        for n in range(2):
            said = Inbound(Address("sms", "+255700000001"), f"SM{n}", "hello")
            await inbox.first_time(db, keyring, said, now)
        await inbox.hold(db, keyring, said, now)
        assert await overview.held(db) == 1
