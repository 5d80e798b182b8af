"""Many units of work, one durable commit.

SQLite has one writer, and a commit that survives a power cut waits for the disk. So units that
wait at the same time run one after the other inside one transaction, each behind a savepoint of
its own: one that raises takes nothing with it. Nobody is answered before the commit.

PostgreSQL commits many transactions with one write by itself, and there each unit has its own.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from storage.engine import Database
from storage.unit_of_work import Transaction

T = TypeVar("T")
Unit: TypeAlias = Callable[[Transaction], Awaitable[T]]

#: Units in one transaction. The sender waits for the same writer.
MOST = 64

#: How long a transaction takes further units in, in seconds: whoever came first waits for all.
OPEN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Waiting:
    unit: Unit[Any]
    answer: asyncio.Future[Any]

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class GroupCommit:
    """Runs units of work, those that wait together in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def run(self, unit: Unit[T]) -> T:
        """Return what *unit* returned, once it is committed, or raise what it raised.

        Its statements find few rows by key (see ``one_hop``). It may be told that it failed
        because the transaction did. Raises what the database raises.
        """
        if not self._database.embedded:
            async with self._database.transaction(brief=True) as db:
                return await unit(db)
        waits = _Waiting(unit, asyncio.get_running_loop().create_future())
        self._waiting.append(waits)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        answer: T = await waits.answer
        return answer

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._group()
        finally:
            self._writing = None

    async def _group(self) -> None:
        kept: list[tuple[_Waiting, Any]] = []
        try:
            async with self._database.transaction(brief=True) as db:
                await self._take(db, kept)
        except BaseException as error:
            # Nothing of it is kept. Those that came meanwhile have waited just as long.
            for waits in [one for one, _ in kept] + list(self._waiting):
                waits.fail(error)
            self._waiting.clear()
            if not isinstance(error, Exception):
                raise
        for waits, result in kept:
            if not waits.answer.done():
                waits.answer.set_result(result)

    async def _take(self, db: Transaction, kept: list[tuple[_Waiting, Any]]) -> None:
        closes = time.monotonic() + OPEN_SECONDS
        while self._waiting and len(kept) < MOST and time.monotonic() < closes:
            waits = self._waiting.popleft()
            if waits.answer.done():
                continue  # nobody waits for it any more
            kept.append((waits, None))
            kept[-1] = (waits, await _apart(db, waits))
            await asyncio.sleep(0)  # those who knock meanwhile get into the same transaction


async def _apart(db: Transaction, waits: _Waiting) -> Any:
    """Run one unit; what it raises is its own, and rolls back nothing else."""
    await db.mark()
    try:
        result = await waits.unit(db)
    except Exception as error:  # noqa: BLE001 - whoever waits gets it
        await db.undo()
        waits.fail(error)
        return None
    await db.keep()
    return result
