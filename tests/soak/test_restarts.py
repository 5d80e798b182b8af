"""The database goes away in the middle, and comes back."""

import asyncio
import sqlite3
import time

import pytest

from storage.engine import BUSY_SECONDS, connect
from tests.support import weather
from tests.support.crowd import Crowd
from tests.support.patience import until
from tests.support.postgres import own_postgres
from tests.support.sending import sending

#: How often it goes away, and for how many seconds.
TIMES = 3
AWAY_FOR = 3.0


async def half_sent(crowd):
    carrier = crowd.carrier
    goal = len(carrier.taken) + len(crowd.numbers) // 2
    await until(lambda: len(carrier.taken) >= goal, 120)


def lock(path, seconds):
    """Hold SQLite's one write lock for so many seconds."""
    other = sqlite3.connect(path, isolation_level=None, timeout=30)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    other.execute("ROLLBACK")
    other.close()


async def test_postgresql_that_is_cut_off_and_started_again_loses_nothing(
    tmp_path, keyring, carrier, logged
):
    async with own_postgres() as server:
        database = connect(server.url, tmp_path)
        crowd = Crowd(database, keyring, carrier)
        carrier.weather = weather.Every(10, weather.drops)
        async with sending(crowd):
            for number in range(TIMES):
                await crowd.write(f"n{number}")
                await half_sent(crowd)
                await server.crash()
                await asyncio.sleep(AWAY_FOR)
                await server.start()
            await crowd.rest()
        tally = await crowd.tally()
        await database.close()
    print(f"\nPostgreSQL stopped -m immediate {TIMES} times: {tally}")
    assert "database_away" in logged.getvalue()
    assert tally.wrong == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sqlite_that_somebody_else_has_locked_loses_nothing(crowd, tmp_path, logged):
    """Longer than a writer waits: it gives up, and tries again."""
    crowd.carrier.weather = weather.Every(10, weather.drops)
    async with sending(crowd):
        for number in range(TIMES):
            await crowd.write(f"n{number}")
            await half_sent(crowd)
            await asyncio.to_thread(lock, tmp_path / "baraza.db", BUSY_SECONDS + 2)
        await crowd.rest()
    tally = await crowd.tally()
    print(f"\nSQLite locked by another {TIMES} times: {tally}")
    assert "database_away" in logged.getvalue()
    assert tally.wrong == {}
