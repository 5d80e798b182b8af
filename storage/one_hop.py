"""SQLite with at most one visit to its thread for each statement.

aiosqlite visits its thread to make a cursor, to execute, to fetch and to close, and each visit
costs more than the statement itself. SQLAlchemy fetches everything at once anyway, so all four
are done in one.

A ``brief`` transaction makes no visit but to begin and to commit, which are what may wait: for
the lock, and for the disk. Its statements find single rows by key in pages that lie in memory,
some 20 µs each, less than the way to the thread and back.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import Any, Self

import aiosqlite

#: Whether the statements of the present transaction are brief: few rows, found by key.
BRIEF: ContextVar[bool] = ContextVar("brief", default=False)


class Cursor:
    """Holds the rows of one statement; it is closed before anybody looks at them."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute one statement and fetch what it returns."""
        return await self._visit(sqlite3.Connection.execute, sql, parameters)

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> Self:
        """Execute one statement for each of *rows*."""
        return await self._visit(sqlite3.Connection.executemany, sql, rows)

    async def _visit(self, act: Any, sql: str, parameters: Any) -> Self:
        await self._connection.visit(self._done, act, sql, parameters)
        return self

    def _done(self, connection: sqlite3.Connection, act: Any, sql: str, parameters: Any) -> None:
        cursor = act(connection, sql, parameters)
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()

    async def fetchall(self) -> list[Any]:
        """Hand over the rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open any more."""


class Connection(aiosqlite.Connection):
    """As aiosqlite's, with cursors that need one visit."""

    def cursor(self) -> Cursor:  # type: ignore[override] # the adapter of SQLAlchemy enters it
        """Return a cursor; nothing is asked of the thread yet."""
        return Cursor(self)

    async def visit(self, act: Any, *arguments: Any) -> None:
        """Call *act* with the real connection: in its thread, unless the transaction is brief."""
        if BRIEF.get() and self.in_transaction:
            act(self._conn, *arguments)
        else:
            await self._execute(act, self._conn, *arguments)  # type: ignore[no-untyped-call]

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread, once: asked a second time, there is nobody left to answer."""
        return super().stop() if self._running else None

    async def rollback(self) -> None:
        """Roll back, if there is anything to."""
        if self.in_transaction:
            await super().rollback()


async def connect(path: str) -> Connection:
    """Open the file at *path*."""
    # One at a time uses it, whichever thread that is on: the pool and the await see to it.
    connection = Connection(lambda: sqlite3.connect(path, check_same_thread=False), 1)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: it must not outlive us
    await connection
    return connection
