"""One request, one transaction; side effects only after the commit."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

from sqlalchemy import CursorResult, Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


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
    ) -> CursorResult[Any]:
        """Run *statement* on the main store."""
        return await self.main.execute(statement, parameters)

    async def routes(self) -> AsyncConnection:
        """Return the route store's connection, joined to this transaction on first use."""
        if self._routes is None:
            self._routes = await self._stack.enter_async_context(self._routes_engine.begin())
        return self._routes

    def afterwards(self, act: Callable[[], object]) -> None:
        """Call *act* once the transaction is committed, and not at all if it is rolled back."""
        self._afterwards.append(act)


#: What a function that only reads asks for.
Reads: TypeAlias = Transaction | AsyncConnection
