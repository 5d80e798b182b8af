"""The disk is full in the middle, and somebody makes room.

No file may grow beyond a limit (RLIMIT_FSIZE), which any user may set for processes of their own:
a write fails as it does on a full disk. What has been answered by a provider and cannot be written
down is kept in memory and written when there is room; who dies before that leaves a doubt.
"""

import asyncio
import resource

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from storage.engine import connect
from tests.support import weather
from tests.support.crowd import Crowd
from tests.support.patience import until
from tests.support.postgres import own_postgres
from tests.support.sending import sending

FULL_FOR = 5.0  # seconds
NO_ROOM = 64 * 1024  # bytes; every database's files are larger
UNLIMITED = resource.RLIM_INFINITY


async def half_sent(crowd):
    goal = len(crowd.carrier.taken) + len(crowd.numbers) // 2
    await until(lambda: len(crowd.carrier.taken) >= goal, 120)


async def recovers(server, database):
    """Make room; a server that could not write its log may have ended itself, and is started."""
    server.limit_files("unlimited")
    await server.start()
    try:
        async with database.reading() as reads:
            await reads.execute(select(1))
    except (SQLAlchemyError, OSError):
        return False
    return True


def limit(pid, size):
    """Let *pid* write no file beyond *size* bytes; the hard limit stays, so that it can be undone.

    -1 is no limit.
    """
    hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("dies", [False, True])
async def test_a_full_disk_under_sqlite_loses_nothing(crowd, nursery, where, dies):
    await crowd.write("n0")
    pid = await nursery.birth(where)
    for number in (1, 2):
        await half_sent(crowd)
        limit(pid, NO_ROOM)
        await asyncio.sleep(FULL_FOR)
        if dies:
            await nursery.kill(pid)
            pid = await nursery.birth(where)
        else:
            limit(pid, UNLIMITED)
        await crowd.write(f"n{number}")
    await crowd.rest()
    await nursery.kill(pid)
    tally = await crowd.tally()
    print(f"\ndisk full, SQLite, {'killed' if dies else 'lived on'}: {tally}")
    assert "database_away" in nursery.log.read_text()
    assert tally.wrong == {}


async def test_a_full_disk_under_postgresql_loses_nothing(tmp_path, keyring, carrier, logged):
    async with own_postgres() as server:
        database = connect(server.url, tmp_path)
        crowd = Crowd(database, keyring, carrier)
        carrier.weather = weather.Every(50, weather.drops)
        async with sending(crowd):
            for number in range(2):
                await crowd.write(f"n{number}")
                await half_sent(crowd)
                server.limit_files(NO_ROOM)
                await asyncio.sleep(FULL_FOR)
                await until(lambda: recovers(server, database), 60)
            await crowd.rest()
        tally = await crowd.tally()
        await database.close()
    print(f"\ndisk full, PostgreSQL: {tally}")
    assert "database_away" in logged.getvalue()
    assert tally.wrong == {}
