"""SQLite with one visit to its thread for each statement.

aiosqlite visits its thread to make a cursor, to execute, to fetch and to close, and each visit
costs more than the statement itself. SQLAlchemy fetches everything at once anyway, so all four
are done in one. Streaming results are not for this driver; nothing of ours grows in memory.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Self

import aiosqlite


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
        """Call *act* with the real connection, in its thread."""
        await self._execute(act, self._conn, *arguments)

    async def rollback(self) -> None:
        """Roll back, if there is anything to."""
        if self.in_transaction:
            await super().rollback()


async def connect(path: str) -> Connection:
    """Open the file at *path*."""
    connection = Connection(lambda: sqlite3.connect(path), iter_chunk_size=1)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: it must not outlive us
    return await connection
