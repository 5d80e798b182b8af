import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from channels import lines, settling
from channels.base import Address, Outbound
from channels.breaker import BREAKER_RESTS, TROUBLES
from channels.errors import Busy, Refused
from channels.ledger import Settled, State
from channels.limiter import Pace
from channels.sending import CALL_BY
from storage import leases
from tests.support.scripted_channel import BUSY
from tests.support.sending_house import ANNA, BRUNO, PACE, SECOND, House


@pytest.fixture
def house(database, keyring, now):
    return House(database, keyring, now)


async def test_what_was_written_leaves_as_it_was_rendered(house):
    outbox_id = await house.write(protect := "Code 1", outbound=Outbound(protect, protect=True))
    assert await house.sender.step() == 1
    (envelope,) = house.channel.taken
    assert (envelope.id, envelope.address) == (outbox_id, ANNA)
    assert envelope.outbound == Outbound("Code 1", protect=True)
    assert envelope.seconds == 24 * 60 * 60


async def test_a_message_leaves_once(house):
    await house.write()
    assert [await house.sender.step() for _ in range(3)] == [1, 0, 0]
    assert house.channel.texts == ["Habari"]


async def test_the_message_is_written_as_leaving_before_the_provider_hears_of_it(house):
    outbox_id = await house.write()
    seen = []

    async def look():
        seen.append(await house.state(outbox_id))

    house.channel.during = look
    await house.sender.step()
    assert seen == [State.SUBMITTING]


async def test_many_leave_together_but_not_too_many(house):
    under_way, most = 0, 0

    async def count():
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1

    house.channel.during = count
    for number in range(200):
        await house.write(address=Address("sms", f"+25471100{number:04}"))
    for _ in range(4):
        await house.sender.step()
        house.now += SECOND
    assert most == PACE.calls
    assert len(house.channel.taken) == 200


async def test_what_waits_for_a_call_hears_that_the_provider_wants_quiet(database, keyring, now):
    house = House(database, keyring, now, paces={"sms": Pace(100, calls=1)})
    await house.write("one")
    await house.write("two", BRUNO)
    house.channel.answers.append(BUSY)
    await house.sender.step()
    assert len(house.channel.asked) == 1
    house.now += 3 * SECOND  # as long as it asked for
    assert await house.sender.step() == 2
    assert sorted(house.channel.texts) == ["one", "two"]


async def test_what_waited_too_long_for_a_call_does_not_leave_as_its_claim_runs_out(
    database, keyring, now
):
    """A slow provider has every call; who is to say meanwhile that this sender is alive?"""
    house = House(database, keyring, now, paces={"sms": Pace(100, calls=1)})
    await house.write("one")
    second = await house.write("two", BRUNO)

    async def slow():
        house.now += CALL_BY + SECOND

    house.channel.during = slow
    await house.sender.step()
    assert house.channel.texts == ["one"]
    assert await house.state(second) == State.PLANNED
    house.channel.during = None
    house.now += 15 * SECOND
    await house.sender.step()
    assert house.channel.texts == ["one", "two"]


async def test_a_pause_that_the_provider_asks_for_holds_for_its_channel(house):
    await house.write("one")
    await house.write("two", BRUNO)
    house.channel.answers.append(BUSY)
    await house.sender.step()
    house.now += 2.9 * SECOND
    assert await house.sender.step() == 0
    house.now += 0.1 * SECOND
    assert await house.sender.step() == 2
    assert sorted(house.channel.texts) == ["one", "two"]


async def test_a_refused_message_is_given_up(house):
    outbox_id = await house.write()
    house.channel.answers.append(Refused("21211"))
    await house.sender.step()
    assert await house.state(outbox_id) == State.FAILED
    assert [fact.error for fact in house.facts] == ["21211"]


async def test_an_adapter_that_crashes_leaves_the_message_in_doubt(house):
    outbox_id = await house.write()
    house.channel.answers.append(ZeroDivisionError())
    await house.sender.step()
    assert await house.state(outbox_id) == State.UNKNOWN


async def test_an_answer_is_written_down_once_the_database_is_back(house, monkeypatch):
    monkeypatch.setattr("channels.sending.LOOK_EVERY", timedelta(milliseconds=10))
    outbox_id = await house.write()
    settle, away = settling.settle, [True, True]

    async def locked(*args):
        if away:
            away.pop()
            raise OperationalError("", {}, Exception("database is locked"))
        return await settle(*args)

    monkeypatch.setattr(settling, "settle", locked)
    await house.sender.step()
    assert await house.state(outbox_id) == State.ACCEPTED


async def test_somebody_is_told_what_became_of_each_message(house):
    outbox_id = await house.write(entry_id="e1")
    await house.sender.step()
    (fact,) = house.facts
    assert isinstance(fact, Settled)
    assert (fact.id, fact.state, fact.entry_id) == (outbox_id, State.ACCEPTED, "e1")


# --- whose line it is, and how it goes with it


async def test_two_processes_never_send_on_one_line(house):
    await house.write()
    async with house.database.transaction() as db:
        await leases.take(db, "send:sms", "somebody else", house.now)
    (line,) = house.sender._lines.values()
    assert not await line.hold(house.now)
    assert await line.launch({"sms"}) == 0
    house.now += leases.HOLDS_FOR  # the other one has died
    assert await line.hold(house.now)
    house.now += SECOND  # what it sent last counts against the rate
    assert await line.launch({"sms"}) == 1
    await line.land_all()


async def test_who_lost_the_line_meanwhile_lets_nothing_leave(house):
    await house.write()
    (line,) = house.sender._lines.values()
    assert await line.hold(house.now, seize=True)
    async with house.database.transaction() as db:
        await leases.take(db, "send:sms", "somebody else", house.now, seize=True)
    assert await line.launch({"sms"}) == 0
    assert not line.holds(house.now)


async def test_who_stops_gives_the_line_away(house):
    await house.sender.step()
    await house.sender.stop()
    async with house.database.reading() as reads:
        assert await leases.holder(reads, "send:sms", house.now) is None


async def test_staff_pause_a_line_and_it_sends_again_when_they_resume(house):
    await house.write()
    async with house.database.transaction() as db:
        await lines.pause(db, "sms", "m1", house.now)
    assert await house.sender.step() == 0
    async with house.database.transaction() as db:
        await lines.resume(db, "sms")
    assert await house.sender.step() == 1


async def test_the_breaker_opens_after_five_troubles_and_then_one_message_tries(house):
    for number in range(9):
        await house.write(address=Address("sms", f"+25471100000{number}"))
    house.channel.answers.extend([Busy("unreachable")] * (TROUBLES + 1))
    assert await house.sender.step() == 9
    assert len(house.channel.asked) == TROUBLES  # the others heard of it in time
    async with house.database.reading() as reads:
        line = (await lines.read(reads))["sms"]
    assert (line.troubles, line.last_error) == (TROUBLES, "unreachable")
    assert line.rests_until == house.now + BREAKER_RESTS[0]
    house.now += BREAKER_RESTS[0] + 3 * SECOND  # the messages' own wait is over as well
    assert await house.sender.step() == 1
    house.now += BREAKER_RESTS[0]
    assert await house.sender.step() == 0  # the second rest is longer
    house.now += BREAKER_RESTS[1]
    assert await house.sender.step() == 1  # it went well
    assert await house.sender.step() == 8  # the one that tried first among them


async def test_what_a_provider_refuses_says_nothing_against_the_line(house):
    for number in range(8):
        await house.write(address=Address("sms", f"+25471100000{number}"))
    house.channel.answers.extend([Refused("21211")] * 8)
    await house.sender.step()
    async with house.database.reading() as reads:
        line = (await lines.read(reads))["sms"]
    assert (line.troubles, line.last_error, line.open(house.now)) == (0, "21211", True)


async def test_enough_at_the_provider_holds_the_line_back(house):
    await house.write()
    (line,) = house.sender._lines.values()
    assert await line.hold(house.now, seize=True)
    line.standing = True
    assert await line.launch({"sms"}) == 0
    line.standing = False
    assert await line.launch({"sms"}) == 1
    await line.land_all()
