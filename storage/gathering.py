"""Work that comes piece by piece, and costs the same for one piece as for many.

Whatever waits while one lot is worked on becomes the next. Nobody waits for company: the first
begins at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

T = TypeVar("T")
R = TypeVar("R")
Together: TypeAlias = Callable[[Sequence[T]], Awaitable[Sequence[R]]]

#: Pieces in one lot.
MOST = 256

#: What goes wrong when the database is away, locked or full: it is nobody's fault, and no piece
#: fares better alone. Any other error may be one piece's.
AWAY = (OperationalError, InterfaceError, PoolExhausted, OSError, TimeoutError)


class Gathering(Generic[T, R]):
    """Works on what waits together. *together* returns what came of each piece, in order."""

    def __init__(self, together: Together[T, R], *, most: int = MOST) -> None:
        self._together = together
        self._most = most
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def run(self, piece: T) -> R:
        """Return what came of *piece*, or raise what went wrong with it."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((piece, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                lot = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]
                await self._take(lot)
        finally:
            self._working = None
            for _, answer in self._waiting:  # only when this was cancelled: the process ends
                answer.cancel()
            self._waiting.clear()

    async def _take(self, lot: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        wanted = [(piece, answer) for piece, answer in lot if not answer.done()]
        if not wanted:
            return
        try:
            results = await self._together([piece for piece, _ in wanted])
        except asyncio.CancelledError:
            for _, answer in wanted:
                answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            await self._fail(wanted, error)
            return
        for (_, answer), result in zip(wanted, results, strict=True):
            if not answer.done():
                answer.set_result(result)

    async def _fail(self, lot: Sequence[tuple[T, asyncio.Future[R]]], error: Exception) -> None:
        if len(lot) > 1 and not isinstance(error, AWAY):
            for one in lot:
                await self._take([one])
            return
        for _, answer in lot:
            if not answer.done():
                answer.set_exception(error)
