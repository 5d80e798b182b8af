import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app import metrics, recovery
from app.reception import Reception
from channels import optout
from channels.base import Delivery, Receipt, Stopped
from channels.inbox import inbox
from channels.ledger import State, outbox
from grievances.case import cases
from grievances.entries import Audience, entries
from outreach import subscribers
from outreach.subscribers import Counts


@pytest.fixture
def reception(house):
    return Reception(house)


@pytest.fixture
def woken(house):
    told = []
    house.wakes.append(lambda: told.append(True))
    return told


async def one(database, statement):
    async with database.reading() as reads:
        return (await reads.execute(statement)).one()


async def test_what_a_person_says_is_heard_and_the_sender_is_woken(
    reception, phone, database, woken
):
    await reception.receive(phone.inbound("REPORT the guards took our gold"))
    assert (await one(database, select(func.count()).select_from(cases)))[0] == 1
    assert woken == [True]


async def test_a_turn_that_fails_is_counted_and_no_error_of_the_callers(house, phone):
    class Holds:
        async def hear(self, *_):
            return False

    before = metrics.HELD._value.get()
    await Reception(replace(house, runner=Holds())).receive(phone.inbound("hello"))
    assert metrics.HELD._value.get() == before + 1


class Away:
    """A runner whose database is away, until it is back."""

    def __init__(self, runner):
        self.runner, self.away = runner, True

    async def hear(self, inbound, now):
        if self.away:
            raise OSError("the database is away")
        return await self.runner.hear(inbound, now)


async def test_what_the_database_does_not_take_is_spooled_and_gets_in_later(
    house, phone, database, woken, monkeypatch
):
    monkeypatch.setattr(recovery, "PAUSES", (0.01, 0.02))
    runner = Away(house.runner)
    house = replace(house, runner=runner)
    reception = Reception(house)
    inbound = phone.inbound("REPORT the guards took our gold")
    for _ in range(3):  # the provider repeats it
        await reception.receive(inbound)
    assert not house.spool.empty
    assert woken == []
    runner.away = False
    await reception.receive(phone.inbound("CHECK"))  # queues behind it
    async with asyncio.timeout(20):
        while not house.spool.empty:
            await asyncio.sleep(0.01)
    assert (await one(database, select(func.count()).select_from(cases)))[0] == 1
    assert (await one(database, select(func.count()).select_from(inbox)))[0] == 2
    assert "A person will read it soon" in "\n".join(await phone.hears())


async def test_what_takes_too_long_is_spooled(house, phone, monkeypatch):
    class Hangs:
        async def hear(self, *_):
            await asyncio.sleep(60)

    monkeypatch.setattr("app.reception.PATIENCE", 0.05)
    house = replace(house, runner=Hangs())
    reception = Reception(house)
    await reception.receive(phone.inbound("hello"))
    assert not house.spool.empty
    await reception.recovery.stop()


async def test_what_neither_takes_is_the_callers_to_bring_again(house, phone, woken):
    (house.settings.data_dir / "spool").write_text("in the way")
    with pytest.raises(OSError, match="spool"):
        await Reception(replace(house, runner=Away(None))).receive(phone.inbound("hello"))
    assert woken == []


# --- receipts


@pytest.fixture
async def told(file):
    """An answer on its way to a safe phone."""
    report = await file(safe=True)
    await report.answered("The inspector comes tomorrow.")
    await report.followed_up()
    return report


def receipt(message, delivery, rank):
    return Receipt("sms", delivery, "SM1", message=message, rank=rank)


@pytest.mark.parametrize(
    ("delivery", "rank", "arrived"),
    [
        (Delivery.DELIVERED, 4, True),
        (Delivery.SENT, 3, True),  # no more is ever told of some networks
        (Delivery.UNDELIVERED, 4, False),
    ],
)
async def test_an_answer_is_marked_delivered_as_far_as_anybody_can_tell(
    reception, told, database, delivery, rank, arrived
):
    answer = await one(database, select(outbox.c.id).where(outbox.c.entry_id.is_not(None)))
    async with database.transaction() as db:
        await db.execute(outbox.update().values(state=State.SUBMITTING))
    await reception.receive(receipt(answer.id, delivery, rank))
    entry = await one(
        database,
        select(entries.c.delivered_at).where(
            entries.c.audience == Audience.REPORTER, entries.c.author == told.secretary.id
        ),
    )
    assert (entry.delivered_at is not None) is arrived


async def test_a_receipt_for_a_message_that_nobody_knows_changes_nothing(reception):
    await reception.receive(receipt("0" * 32, Delivery.DELIVERED, 4))


# --- doors that shut and open


async def test_who_shuts_the_door_gets_no_news_and_who_opens_it_does(
    reception, phone, database, keyring, now
):
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, phone.address, language="en", now=now)
    doors = ((True, Counts(0, 1)), (True, Counts(0, 1)), (False, Counts(1, 0)))
    for number, (stopped, counts) in enumerate(doors):
        await reception.receive(Stopped(phone.address, str(number), stopped=stopped))
        async with database.reading() as reads:
            assert await optout.stopped(reads, keyring, phone.address) is stopped
            assert await subscribers.counts(reads) == counts


async def test_a_refusal_that_the_sender_saw_shuts_the_door_too(
    reception, phone, database, keyring
):
    await reception.heed(Stopped(phone.address, "1"))
    async with database.reading() as reads:
        assert await optout.stopped(reads, keyring, phone.address)


async def test_a_door_that_is_reported_again_does_not_undo_what_came_after(
    reception, phone, database, keyring
):
    blocked = Stopped(phone.address, "1")
    await reception.receive(blocked)
    await reception.receive(Stopped(phone.address, "2", stopped=False))
    await reception.receive(blocked)  # Telegram repeats an update that was not confirmed
    async with database.reading() as reads:
        assert not await optout.stopped(reads, keyring, phone.address)
