import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.engine import IDLE_SECONDS, MAIN_POOL, ROUTES_POOL
from storage.heartbeats import beat, last
from storage.leases import HOLDS_FOR


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


# --- many processes on one PostgreSQL

CONNECTED = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name = 'baraza' AND datname = current_database()"
)

only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@only_postgresql
async def test_a_process_never_has_more_connections_than_its_pools(database, now):
    async def write(number):
        async with database.transaction() as db:
            await beat(db, f"loop {number}", now)
            await (await db.routes()).execute(text("SELECT 1"))

    await asyncio.gather(*(write(n) for n in range(100)))
    async with database.reading() as reads:
        assert (await reads.execute(CONNECTED)).scalar_one() == MAIN_POOL + ROUTES_POOL


@only_postgresql
async def test_who_stands_still_in_a_transaction_does_not_hold_the_others_up(database, now):
    """A machine without power holds its locks until somebody ends its transaction."""
    async with database.transaction() as db:
        await beat(db, "sender", now)
    with pytest.raises(DBAPIError):
        async with database.transaction() as still:
            await still.execute(text("SET idle_in_transaction_session_timeout = '100ms'"))
            await beat(still, "sender", now)
            async with database.transaction() as db:
                await beat(db, "sender", now + timedelta(seconds=1))
            await still.execute(text("SELECT 1"))
    async with database.reading() as reads:
        assert await last(reads, "sender") == now + timedelta(seconds=1)


@only_postgresql
async def test_that_is_within_the_time_in_which_another_process_takes_over(database):
    async with database.reading() as reads:
        shown = text("SHOW idle_in_transaction_session_timeout")
        assert (await reads.execute(shown)).scalar_one() == f"{IDLE_SECONDS}s"
    assert timedelta(seconds=IDLE_SECONDS) < HOLDS_FOR
