"""One request, one transaction; side effects only after the commit."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

from sqlalchemy import CursorResult, Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import direct, one_hop
from storage.direct import Rows


class Transaction:
    """A unit of work over the main store, and over the route store once it is asked for.

    The route store commits first: a crash between the two commits leaves a route that nothing
    points to (swept later), never a case that cannot be answered.
    """

    def __init__(self, main: AsyncConnection, routes: AsyncEngine, stack: AsyncExitStack) -> None:
        self.main = main
        self._routes_engine = routes
        self._routes: AsyncConnection | None = None
        self._stack = stack
        self._afterwards: list[Callable[[], object]] = []
        self._marked: list[AsyncConnection] = []
        self._before = 0
        self._driver = _driver(main)

    @classmethod
    @asynccontextmanager
    async def begin(cls, writer: AsyncEngine, routes: AsyncEngine) -> AsyncIterator["Transaction"]:
        """Begin on the main store; commit at the end of the block, or roll back."""
        async with AsyncExitStack() as stack:
            main = await stack.enter_async_context(writer.begin())
            # The stack unwinds last in, first out: the route store, entered later, commits first.
            db = cls(main, routes, stack)
            yield db
        for act in db._afterwards:
            act()

    @property
    def dialect(self) -> Dialect:
        """The main store's dialect."""
        return self.main.dialect

    async def execute(
        self, statement: Executable, parameters: Any | None = None
    ) -> CursorResult[Any] | Rows:
        """Run *statement* on the main store."""
        if self._driver is not None and (parameters is None or isinstance(parameters, dict)):
            given = parameters or {}
            plan = direct.plan(self.main.dialect, statement, given)
            if plan is not None:
                return await direct.run(self._driver, plan, given)
        return await self.main.execute(statement, parameters)

    async def routes(self) -> AsyncConnection:
        """Return the route store's connection, joined to this transaction on first use."""
        if self._routes is None:
            self._routes = await self._stack.enter_async_context(self._routes_engine.begin())
        if self._marked and self._routes not in self._marked:
            await self._mark(self._routes)
        return self._routes

    # --- a part of it that can be undone alone ------------------------------------------------

    async def mark(self) -> None:
        """Begin a part that ``undo`` takes back, in both stores, or ``keep`` makes final."""
        self._before = len(self._afterwards)
        await self._mark(self.main)

    async def undo(self) -> None:
        """Take back whatever happened since ``mark``. Raises where the transaction is gone."""
        del self._afterwards[self._before :]
        while self._marked:
            connection = self._marked.pop()
            await _say(connection, "ROLLBACK TO SAVEPOINT part")
            await _say(connection, "RELEASE SAVEPOINT part")

    async def keep(self) -> None:
        """Make what happened since ``mark`` a part of the whole."""
        while self._marked:
            await _say(self._marked.pop(), "RELEASE SAVEPOINT part")

    async def _mark(self, connection: AsyncConnection) -> None:
        await _say(connection, "SAVEPOINT part")
        self._marked.append(connection)

    def afterwards(self, act: Callable[[], object]) -> None:
        """Call *act* once the transaction is committed, and not at all if it is rolled back."""
        self._afterwards.append(act)


def _driver(connection: AsyncConnection) -> one_hop.Connection | None:
    """Return SQLite's own connection, where it is that."""
    real = connection.sync_connection and connection.sync_connection.connection.driver_connection
    return real if isinstance(real, one_hop.Connection) else None


async def _say(connection: AsyncConnection, sql: str) -> None:
    driver = _driver(connection)
    if driver is None:
        await connection.exec_driver_sql(sql)
    else:
        await direct.say(driver, sql)


#: What a function that only reads asks for.
Reads: TypeAlias = Transaction | AsyncConnection
