import pytest

from storage import leases
from storage.leases import HOLDS_FOR

NAME = "send:sms"


@pytest.fixture
def take(database, now):
    async def act(by, after=0, **more):
        async with database.transaction() as db:
            return await leases.take(db, NAME, by, now + after * HOLDS_FOR, **more)

    return act


async def test_one_holds_it_and_another_does_not(take):
    assert await take("one")
    assert not await take("two")
    assert await take("one")


async def test_a_lease_that_was_not_renewed_is_free(take):
    await take("one")
    assert not await take("two", 0.99)
    assert await take("two", 1)
    assert not await take("one", 1.5)


async def test_a_lease_that_is_renewed_is_not(take):
    for part in (0, 0.5, 1, 1.5):
        assert await take("one", part)
    assert not await take("two", 2)


async def test_who_is_alone_takes_it_from_the_dead(take):
    await take("one")
    assert await take("two", seize=True)
    assert not await take("one")


async def test_what_is_given_back_is_free_at_once(database, take, now):
    await take("one")
    async with database.transaction() as db:
        await leases.release(db, NAME, "two")
    assert not await take("two")
    async with database.transaction() as db:
        await leases.release(db, NAME, "one")
    assert await take("two")


async def test_everybody_can_see_who_holds_it(database, take, now):
    await take("one")
    async with database.reading() as reads:
        assert await leases.holder(reads, NAME, now) == "one"
        assert await leases.holder(reads, NAME, now + HOLDS_FOR) is None
        assert await leases.holder(reads, "other", now) is None
