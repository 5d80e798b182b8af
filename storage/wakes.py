"""A word from one process to all others, over PostgreSQL: something waits to be sent.

The row is there anyway, and whoever sends looks each second: a word that is lost costs that second
and nothing else. So it is said after the commit, on a connection of its own: inside a transaction
NOTIFY makes commits wait for each other.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger()

#: What PostgreSQL calls the word. It is heard in this database only.
WORD = "baraza"

#: How long words are gathered before the next is said, in seconds. The first is said at once.
TOGETHER = 0.02

#: How often a silent connection is tried, and how long it may take to answer, in seconds.
CHECK_EVERY = 30.0
ANSWER_WITHIN = 5.0

#: How long to wait before a broken connection is made again, in seconds.
AGAIN_AFTER = 1.0

#: What goes wrong when the database is away.
AWAY = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


def _nobody() -> None:
    """Hear nothing."""


class Wakes:
    """Says and hears the word for one process; *heard* is called when another one said it."""

    def __init__(self, engine: AsyncEngine, heard: Callable[[], None] = _nobody) -> None:
        self._engine = engine
        self._heard = heard
        self._due = asyncio.Event()

    def tell(self) -> None:
        """Tell the others soon, at most once in 20 ms. Call it when the row is committed."""
        self._due.set()

    async def run(self) -> None:
        """Speak and listen until cancelled. A connection that breaks is made again."""
        while True:
            try:
                async with self._connected() as connection:
                    await self._talk(connection)
            except AWAY as error:
                log.warning("wakes.away", why=type(error).__name__)
                await asyncio.sleep(AGAIN_AFTER)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """Open a connection of the driver's that the pool knows nothing of."""
        async with asyncio.timeout(ANSWER_WITHIN):
            pooled = await self._engine.connect()
            raw = await pooled.get_raw_connection()
        connection: Any = raw.driver_connection
        raw.detach()
        try:
            yield connection
        finally:
            connection.terminate()  # never a polite farewell to a server that may be gone

    async def _talk(self, connection: Any) -> None:
        own = connection.get_server_pid()

        def heard(_connection: Any, pid: int, _channel: str, _payload: str) -> None:
            if pid != own:
                self._heard()

        await connection.add_listener(WORD, heard)
        connection.add_termination_listener(lambda _connection: self._due.set())
        self._heard()  # whatever was said while nobody listened
        while True:
            self._due.clear()
            await connection.execute(f"NOTIFY {WORD}", timeout=ANSWER_WITHIN)
            await asyncio.sleep(TOGETHER)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_EVERY):
                    await self._due.wait()
