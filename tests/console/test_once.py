import asyncio
from datetime import timedelta

from sqlalchemy import func, select

from console import once


async def came(database, token, at):
    async with database.transaction() as db:
        return await once.first_time(db, token, at)


async def test_a_form_counts_once(database, now):
    token = once.new_token()
    assert await came(database, token, now) is True
    assert await came(database, token, now) is False


async def test_two_forms_of_one_page_count_each(database, now):
    token = once.new_token()
    assert await came(database, token, now) is True
    assert await came(database, f"{token}n", now) is True


async def test_a_button_pressed_five_times_at_once_counts_once(database, now):
    token = once.new_token()
    counted = await asyncio.gather(*(came(database, token, now) for _ in range(5)))
    assert sorted(counted) == [False, False, False, False, True]


async def test_old_tokens_are_forgotten(database, now):
    await came(database, once.new_token(), now - once.REMEMBERED - timedelta(seconds=1))
    await came(database, once.new_token(), now)
    async with database.reading() as db:
        rows = await db.execute(select(func.count()).select_from(once.submissions))
    assert rows.scalar_one() == 1
