import asyncio
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from app.announcing import LEASE, Announcing
from app.holding import Holding
from channels.ledger import State as Sent
from channels.ledger import outbox
from outreach import progress, register, telling
from outreach.announcements import State
from storage import leases
from tests.support.covering import FIVE, Ground
from tests.support.newsroom import Newsroom


@pytest.fixture
def room(database, keyring, now):
    return Newsroom(database, keyring, now)


@pytest.fixture
def woken():
    return []


@pytest.fixture
def announcing(room, woken):
    house = SimpleNamespace(
        database=room.database, office=room.office, wake=lambda: woken.append(1)
    )
    holding = Holding(room.database, "a", asyncio.Event(), clock=lambda: room.now)
    return Announcing(house, holding)


@pytest.fixture
async def approved(room):
    author = await room.member()
    await room.list_people((3, "sms", "en"))
    made = await room.write(author)
    await room.alone(made, author)
    return made


async def test_what_is_due_leaves_and_the_sender_is_told(announcing, room, approved, woken):
    await announcing.run(room.now)
    (one,) = await room.broadcasts(approved)
    assert (one.state, one.planned, woken) == ("running", 3, [1])
    await announcing.run(room.now)
    assert woken == [1]


async def test_while_nothing_is_under_way_no_lease_is_taken(announcing, room, monkeypatch):
    async def refuses(*_args, **_more):
        raise AssertionError("a lease was asked for")

    monkeypatch.setattr(leases, "take", refuses)
    await announcing.run(room.now)
    await announcing.count(room.now)
    await announcing.cover(room.now)


async def test_another_process_that_does_it_is_left_alone(announcing, room, approved):
    async with room.database.transaction() as db:
        await leases.take(db, LEASE, "another", room.now)
    await announcing.run(room.now)
    assert await room.broadcasts(approved) == []


async def test_what_grew_is_asked_for_again(announcing, room, approved, woken):
    await room.list_people((60, "sms", "en"))
    await announcing.run(room.now)
    assert (await room.find(approved)).state == State.ASKED
    assert woken == []


async def test_how_far_it_has_come_is_counted(announcing, room, approved):
    await announcing.run(room.now)
    await announcing.count(room.now)
    async with room.database.reading() as reads:
        assert (await progress.read(reads, approved)).messages == 3


async def test_who_was_told_is_noted_and_counted_for_the_register(announcing, room):
    ground = Ground(room.database, room.keyring, room.now)
    author, site = await ground.member(), await ground.site("KB12")
    rule = await ground.rule(site)
    await ground.list_people((6, "sms", "en", site))
    await ground.alone(await ground.do(telling.begin, rule.id, FIVE, by=author), author)
    await ground.tick()
    async with room.database.transaction() as db:
        arrived = {"state": Sent.DELIVERED, "moved_at": room.now}
        await db.execute(update(outbox).values(arrived))
    await announcing.cover(room.now)
    (line,) = await ground.read(register.read)
    assert line.week.districts == {"North": (6, 6)}
