from datetime import timedelta

import pytest
from sqlalchemy import func, select

from channels import windows
from channels.base import Address

ANNA = Address("whatsapp", "+254711000001")
ANNAS_PHONE = Address("sms", "+254711000001")


@pytest.fixture
def is_open(database, keyring):
    async def asked(address, now):
        async with database.reading() as reads:
            return await windows.is_open(reads, keyring, address, now)

    return asked


@pytest.fixture
def writes(database, keyring):
    async def wrote(address, now):
        async with database.transaction() as db:
            await windows.note(db, keyring, address, now)

    return wrote


async def test_whoever_wrote_may_be_answered_for_a_day(writes, is_open, now):
    assert not await is_open(ANNA, now)
    await writes(ANNA, now)
    assert await is_open(ANNA, now)
    assert await is_open(ANNA, now + timedelta(hours=23, minutes=54))
    assert not await is_open(ANNA, now + timedelta(hours=23, minutes=55))


async def test_each_word_opens_it_anew(writes, is_open, now):
    await writes(ANNA, now)
    await writes(ANNA, now + timedelta(hours=20))
    assert await is_open(ANNA, now + timedelta(hours=40))


async def test_another_channel_opens_no_window_and_needs_none(writes, is_open, now, database):
    await writes(ANNAS_PHONE, now)
    assert await is_open(ANNAS_PHONE, now)
    assert not await is_open(ANNA, now)
    assert await kept(database) == 0


async def test_who_wrote_long_ago_is_forgotten(writes, is_open, now, database):
    await writes(ANNA, now)
    async with database.transaction() as db:
        await windows.purge(db, now + timedelta(hours=1))
    assert await kept(database) == 1
    async with database.transaction() as db:
        await windows.purge(db, now + timedelta(days=1))
    assert await kept(database) == 0


async def kept(database):
    async with database.reading() as reads:
        return await reads.scalar(select(func.count()).select_from(windows.windows))
