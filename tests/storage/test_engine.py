import asyncio

import pytest
from sqlalchemy import text

from storage.heartbeats import beat, last


async def test_a_transaction_that_raises_leaves_nothing(database, now):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as db:
            await beat(db, "sender", now)
            raise ZeroDivisionError
    async with database.reading() as reads:
        assert await last(reads, "sender") is None


async def test_what_is_committed_is_read(database, now):
    async with database.transaction() as db:
        await beat(db, "sender", now)
    async with database.reading() as reads:
        assert await last(reads, "sender") == now


async def test_many_writers_wait_for_each_other(database, now):
    async def write(number):
        async with database.transaction() as db:
            await beat(db, f"loop {number}", now)

    await asyncio.gather(*(write(n) for n in range(40)))
    async with database.reading() as reads:
        assert (await reads.execute(text("SELECT count(*) FROM heartbeats"))).scalar() == 40


async def test_sqlite_is_durable_before_the_commit_returns(database):
    if not database.embedded:
        pytest.skip("PostgreSQL's own default is synchronous_commit=on")
    async with database.transaction() as db:
        assert (await db.execute(text("PRAGMA synchronous"))).scalar() == 2
        assert (await db.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        routes = await db.routes()
        assert (await routes.execute(text("PRAGMA secure_delete"))).scalar() == 1
