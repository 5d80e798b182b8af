from datetime import timedelta

import pytest

from channels import receipts
from channels.base import Address, Delivery, Receipt, Style
from channels.errors import Ambiguous, Busy
from channels.ledger import State
from channels.limiter import Pace
from tests.support.scripted_channel import ScriptedChannel
from tests.support.sending_house import SECOND, House


@pytest.fixture
def house(database, keyring, now):
    return House(database, keyring, now)


async def test_what_was_taken_before_the_crash_is_not_sent_again(house):
    outbox_id = await house.write()
    await house.die_while_sending(taken=True)
    await house.come_back()
    house.now += timedelta(seconds=120)
    await house.sender.step()
    assert house.channel.texts == ["Habari"]
    assert await house.state(outbox_id) == State.ACCEPTED


async def test_what_was_lost_in_the_crash_is_sent_again(house):
    await house.write()
    await house.die_while_sending(taken=False)
    await house.come_back()
    house.now += timedelta(seconds=120)
    await house.sender.step()
    assert house.channel.texts == ["Habari"]


async def test_a_receipt_has_its_time_before_the_provider_is_asked(house):
    outbox_id = await house.write()
    house.channel.answers.append(Ambiguous("taken"))
    await house.sender.step()
    house.now += timedelta(seconds=119)
    await house.sender.step()
    assert house.channel.looked_up == []
    async with house.database.transaction() as db:
        receipt = Receipt("sms", Delivery.SENT, "P1", outbox_id, rank=3)
        await receipts.settle_one(db, receipt, house.now)
    house.now += SECOND
    await house.sender.step()
    assert house.channel.looked_up == []
    assert house.channel.texts == ["Habari"]


async def test_two_alike_are_not_taken_for_one(house):
    """Of two equal messages one was taken and one was lost: two must arrive."""
    await house.write()
    await house.sender.step()
    await house.write()
    house.channel.answers.append(Ambiguous("lost"))
    await house.sender.step()
    house.now += timedelta(seconds=120)
    await house.sender.step()
    assert house.channel.texts == ["Habari", "Habari"]


@pytest.mark.parametrize(("kind", "sends"), [("reply", 2), ("followup", 2), ("bulk", 1)])
async def test_where_nobody_can_tell_answers_leave_once_more(database, keyring, now, kind, sends):
    blind = ScriptedChannel("telegram", Style.CHAT, can_tell=False)
    house = House(database, keyring, now, blind, paces={})
    outbox_id = await house.write(kind=kind)
    blind.answers.extend([Ambiguous("lost"), Ambiguous("lost"), Ambiguous("lost")])
    for _ in range(6):
        await house.sender.step()
        house.now += timedelta(minutes=2)
    assert len(blind.asked) == sends
    assert await house.state(outbox_id) == State.FAILED


async def test_a_provider_that_cannot_be_asked_now_is_asked_later(house):
    outbox_id = await house.write()
    house.channel.answers.append(Ambiguous("taken"))
    await house.sender.step()
    find, house.channel.find = house.channel.find, _away
    house.now += timedelta(seconds=120)
    await house.sender.step()
    assert await house.state(outbox_id) == State.UNKNOWN
    house.channel.find = find
    house.now += timedelta(seconds=60)
    await house.sender.step()
    assert await house.state(outbox_id) == State.ACCEPTED
    assert house.channel.texts == ["Habari"]


async def _away(*_args):
    raise Busy("unreachable")


async def test_dropped_connections_lose_nothing_and_double_nothing(database, keyring, now):
    house = House(database, keyring, now, paces={"sms": Pace(1000)})
    for number in range(48):
        await house.write(f"n{number}", Address("sms", f"+25471100{number:04}"))
        house.channel.answers += [Ambiguous("taken" if number % 2 else "lost"), None]
    for _ in range(12):
        await house.sender.step()
        house.now += timedelta(seconds=30)
    assert sorted(house.channel.texts) == sorted(f"n{number}" for number in range(48))
