"""``make soak``: kill the whole process at points that nobody chose, and count.

A run for every ten kills of the sender (``test_sender_kills``); ``make soak ARGS="--runs 200"``
goes on longer. It prints what it counted.
"""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.engine import connect
from tests.end_to_end.conftest import Installation
from tests.support.kills import Kills
from tests.support.telegram_server import TelegramServer
from tests.support.twilio_server import TwilioServer
from vault import keyring as keys


@pytest.fixture
def url_of(tmp_path, postgresql_server):
    """Make an empty database of an engine; returns its URL."""
    root = postgresql_server.format(name="postgres")

    async def run(statement):
        engine = create_async_engine(root, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(run("CREATE DATABASE soak"))
    yield {
        "sqlite": f"sqlite:///{tmp_path}/baraza.db",
        "postgresql": postgresql_server.format(name="soak"),
    }.get
    asyncio.run(run("DROP DATABASE soak WITH (FORCE)"))


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(
    runs, tmp_path, url_of, engine
):
    url = url_of(engine)
    home = Installation(tmp_path, {"database_url": url})

    def opened():
        return connect(url, tmp_path), keys.load(tmp_path / "keys")

    async with TwilioServer(delivers=True) as twilio, TelegramServer() as telegram:
        soaked = Kills(home, opened, twilio, telegram)
        counts = await soaked.soak(runs if engine == "sqlite" else max(runs // 5, 1))
    print(f"\n{engine}: {counts}")
    assert counts.wrong == {}
    assert counts.doubts > 0
    assert (twilio.violations, telegram.violations) == ([], [])
