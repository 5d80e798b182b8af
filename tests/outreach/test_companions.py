from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.base import Address
from outreach import companions, subscribers
from outreach.companions import MOST
from outreach.profiles import ROLES, Profile


@pytest.fixture
async def phone(database, keyring, now):
    async with database.transaction() as db:
        address = Address("sms", "+255700000001")
        await subscribers.subscribe(db, keyring, address, language="en", role="buyer", now=now)
        return (await db.execute(select(subscribers.subscribers.c.id))).scalar_one()


async def test_who_contradicts_nobody_completes_somebody(database, phone, now):
    async with database.transaction() as db:
        await companions.tell(db, phone, Profile(role="digger"), now)
        await companions.tell(db, phone, Profile(gender="woman"), now)
        await companions.tell(db, phone, Profile(role="washer"), now)
        listed = await companions.of(db, phone)
    assert {(one.role, one.gender) for one in listed} == {("digger", "woman"), ("washer", None)}


async def test_when_there_is_no_room_the_longest_silent_gives_way(database, phone, now):
    async with database.transaction() as db:
        for minutes, role in enumerate(ROLES[: MOST + 2]):
            at = now + timedelta(minutes=minutes)
            await companions.tell(db, phone, Profile(role=role), at)
        assert [one.role for one in await companions.of(db, phone)] == list(ROLES[2 : MOST + 2])


async def test_how_somebody_agreed_stays_with_them(database, phone, now):
    consent = {"consent_how": "said so", "consent_at": now}
    async with database.transaction() as db:
        await companions.tell(db, phone, Profile(role="digger"), now, consent)
        await companions.tell(db, phone, Profile(role="washer"), now)
        await companions.tell(db, phone, Profile(role="digger", gender="man"), now)
        c = companions.companions.c
        found = await db.execute(select(c.role, c.consent_how, c.consent_at).order_by(c.role))
        assert found.all() == [("digger", "said so", now), ("washer", None, None)]


async def test_many_are_told_at_once_as_one_after_the_other(database, keyring, now):
    said = [Profile(role="digger"), Profile(role="digger", gender="man"), Profile(role="washer")]
    said += [Profile(role=role) for role in ROLES[2 : MOST + 2]]
    async with database.transaction() as db:
        for n in (1, 2):
            address = Address("sms", f"+25570000000{n}")
            await subscribers.subscribe(db, keyring, address, language="en", now=now)
        one, other = (await db.execute(select(subscribers.subscribers.c.id))).scalars()
        for minutes, profile in enumerate(said):
            at = now + timedelta(minutes=minutes)
            await companions.tell_all(db, {one: profile, other: profile}, at)
        await companions.tell_all(db, {}, now)
        listed = [await companions.of(db, phone) for phone in (one, other)]
    assert listed[0] == listed[1]
    assert len(listed[0]) == MOST
