"""Engines for the two stores, on SQLite or PostgreSQL.

SQLite: WAL, ``synchronous=FULL`` (durable before we answer 2xx), one writing connection that
begins IMMEDIATE, and a small pool of readers. PostgreSQL: one pool for reading and writing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage import one_hop
from storage.unit_of_work import Transaction

#: How long a writer waits for whoever holds SQLite's write lock, in seconds. Twilio gives up on
#: a webhook after 15 s, so a turn that had to wait still answers in time.
BUSY_SECONDS = 8

#: Readers on SQLite.
POOL_SIZE = 8

#: How much of the file a connection of SQLite keeps at hand, in KiB: SQLite's own measure, and
#: for a reader of the main store what a page of the console looks at among 100,000 cases. Less,
#: and a handler's queue takes a third longer (``make bench ARGS=caseload``).
CACHE_KIB, READ_CACHE_KIB = 2000, 32_000

#: Connections of one process to PostgreSQL: so many to the main store and to the routes, never
#: more, and one for ``storage.wakes``. Fifteen in all, so that the hundred which PostgreSQL allows
#: carry six processes. A turn holds one of each for some milliseconds.
MAIN_POOL = 10
ROUTES_POOL = 4

#: How long a transaction may stand still before PostgreSQL ends it, in seconds. What a machine
#: held that lost its power is free again before its leases have run out (12 s): the server would
#: notice by itself after two hours.
IDLE_SECONDS = 10

#: The PostgreSQL schema that holds the route store; leave it out of a dump with ``-N routes``.
ROUTE_SCHEMA = "routes"


@dataclass(frozen=True)
class Database:
    """Both stores of one installation."""

    writer: AsyncEngine
    reader: AsyncEngine
    routes: AsyncEngine
    routes_reader: AsyncEngine

    @property
    def embedded(self) -> bool:
        """Whether this is SQLite: one machine, one writer."""
        return self.writer.dialect.name == "sqlite"

    @asynccontextmanager
    async def transaction(self, *, brief: bool = False) -> AsyncIterator[Transaction]:
        """One unit of work: commits when the block ends, rolls back when it raises.

        *brief*: every statement of it finds few rows by key, as a turn's do (see ``one_hop``).
        """
        token = one_hop.BRIEF.set(brief)
        try:
            async with Transaction.begin(self.writer, self.routes) as db:
                yield db
        finally:
            one_hop.BRIEF.reset(token)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A consistent snapshot to read from; never takes the write lock."""
        async with self.reader.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def reading_routes(self) -> AsyncIterator[AsyncConnection]:
        """The same over the route store."""
        async with self.routes_reader.connect() as connection, connection.begin():
            yield connection

    async def close(self) -> None:
        """Close every pool."""
        for engine in {self.writer, self.reader, self.routes, self.routes_reader}:
            await engine.dispose()


def _sqlite(
    url: URL, *, begin: str, pool_size: int, cache_kib: int = CACHE_KIB, erase: bool = False
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        async_creator=lambda: one_hop.connect(url.database or ":memory:"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        pool_use_lifo=True,  # whoever read last has the most at hand, and the idle need no room
    )

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver's own BEGIN is deferred, and a deferred transaction that turns into a
        # writer fails at once instead of waiting; so we begin transactions ourselves.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA cache_size=-{cache_kib}")
        cursor.execute(f"PRAGMA secure_delete={'ON' if erase else 'FAST'}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: URL, *, search_path: str, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,  # a connection above the pool would be made and ended for each use
        pool_timeout=BUSY_SECONDS,
        pool_use_lifo=True,  # whoever was asked last knows most plans by heart
        connect_args={
            "server_settings": {
                "search_path": search_path,
                # What we ask is short; to compile it first takes longer than to answer it.
                "jit": "off",
                "application_name": "baraza",
                "lock_timeout": f"{BUSY_SECONDS}s",  # as long as SQLite waits
                "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
            }
        },
    )


def connect(url: str, data_dir: Path) -> Database:
    """Open the main store at *url* and the route store beside it.

    *url* is an SQLAlchemy URL; the async driver is filled in (``sqlite:///…`` and
    ``postgresql://…`` are enough). The route store is ``routes.db`` in *data_dir* for SQLite and
    the schema ``routes`` for PostgreSQL.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        main = parsed.set(drivername="sqlite+aiosqlite")
        routes = URL.create("sqlite+aiosqlite", database=str(data_dir / "routes.db"))
        return Database(
            writer=_sqlite(main, begin="BEGIN IMMEDIATE", pool_size=1),
            reader=_sqlite(main, begin="BEGIN", pool_size=POOL_SIZE, cache_kib=READ_CACHE_KIB),
            routes=_sqlite(routes, begin="BEGIN IMMEDIATE", pool_size=1, erase=True),
            routes_reader=_sqlite(routes, begin="BEGIN", pool_size=2),
        )
    main = parsed.set(drivername="postgresql+asyncpg")
    engine = _postgresql(main, search_path="public", pool_size=MAIN_POOL)
    routes_engine = _postgresql(main, search_path=ROUTE_SCHEMA, pool_size=ROUTES_POOL)
    return Database(engine, engine, routes_engine, routes_engine)
