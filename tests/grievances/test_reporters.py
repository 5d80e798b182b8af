from dataclasses import replace

import pytest

from channels.base import Address
from grievances import reporters
from vault.seals import CannotOpen

PHONE = Address("sms", "+255700000001")
OTHER = Address("telegram", "+255700000001")


@pytest.fixture
def route(database, keyring, now):
    async def kept(address=PHONE):
        async with database.transaction() as db:
            return await reporters.case_route(db, keyring, address, now)

    return kept


async def test_each_case_has_a_way_back_of_its_own(database, keyring, route):
    ways = {await route(), await route()}
    async with database.transaction() as db:
        assert set(await reporters.routes_of(db, keyring, PHONE)) == ways
        assert {await reporters.resolve(db, keyring, way) for way in ways} == {PHONE}


async def test_the_same_number_on_another_channel_is_somebody_else(database, keyring, route):
    await route()
    async with database.transaction() as db:
        assert await reporters.routes_of(db, keyring, OTHER) == []


async def test_what_is_forgotten_leads_nowhere(database, keyring, route):
    gone, stays = await route(), await route()
    async with database.transaction() as db:
        await reporters.forget(db, gone)
    async with database.transaction() as db:
        assert await reporters.resolve(db, keyring, gone) is None
        assert await reporters.resolve(db, keyring, stays) == PHONE


async def test_without_the_senders_keys_nobody_is_reached(database, keyring, route):
    way = await route()
    web = replace(keyring, route_private=None)
    async with database.transaction() as db:
        with pytest.raises(CannotOpen):
            await reporters.resolve(db, web, way)
