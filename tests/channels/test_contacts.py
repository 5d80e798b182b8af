import dataclasses

import pytest
from sqlalchemy import text

from channels import contacts
from channels.base import Address
from vault.seals import CannotOpen

PHONE = Address("sms", "+254700000001")


async def test_a_contact_is_found_again_by_its_route(database, keyring, now):
    async with database.transaction() as db:
        route = await contacts.remember(db, keyring, PHONE, now)
        assert await contacts.resolve(db, keyring, route) == PHONE


async def test_a_contact_has_one_route_however_often_it_writes(database, keyring, now):
    async with database.transaction() as db:
        first = await contacts.remember(db, keyring, PHONE, now)
    async with database.transaction() as db:
        assert await contacts.remember(db, keyring, PHONE, now) == first
        rows = await (await db.routes()).execute(contacts.routes.select())
        assert len(rows.all()) == 1


async def test_the_same_value_on_another_channel_is_another_contact(database, keyring, now):
    async with database.transaction() as db:
        one = await contacts.remember(db, keyring, Address("sms", "1"), now)
        other = await contacts.remember(db, keyring, Address("telegram", "1"), now)
    assert one != other


async def test_a_case_has_a_route_of_its_own_to_the_same_phone(database, keyring, now):
    async with database.transaction() as db:
        await contacts.remember(db, keyring, PHONE, now)
        await contacts.keep(db, keyring, "c" * 32, PHONE, now)
        assert await contacts.resolve(db, keyring, "c" * 32) == PHONE


async def test_what_is_forgotten_cannot_be_reached(database, keyring, now):
    async with database.transaction() as db:
        route = await contacts.remember(db, keyring, PHONE, now)
        await contacts.forget(db, route)
        assert await contacts.resolve(db, keyring, route) is None


async def test_who_takes_messages_in_cannot_read_addresses_back(database, keyring, now):
    half = dataclasses.replace(keyring, route_private=None)
    async with database.transaction() as db:
        route = await contacts.remember(db, half, PHONE, now)
        with pytest.raises(CannotOpen):
            await contacts.resolve(db, half, route)


async def test_no_number_stands_in_the_store(database, keyring, now):
    async with database.transaction() as db:
        await contacts.remember(db, keyring, PHONE, now)
        row = (await (await db.routes()).execute(text("SELECT * FROM routes"))).one()
    assert b"700000001" not in b"|".join(
        value if isinstance(value, bytes) else str(value).encode() for value in row
    )
