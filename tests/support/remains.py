"""Everything that an installation leaves behind: its files, every row of its tables, its words.

Rows are read out besides searching the files, because a value may be cut in two by the pages that
it lies on, or be packed.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

#: Schemas that hold PostgreSQL's own books.
ITS_OWN = ("information_schema", "pg_catalog", "pg_toast")


def of_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file below *folder*; a file that goes away meanwhile was a lock or a socket."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_socket():
            yield str(path.relative_to(folder)), path.read_bytes()


async def of_tables(url: str) -> AsyncIterator[tuple[str, bytes]]:
    """Yield every table of the database at *url*, in every schema, value after value."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            for name, content in await connection.run_sync(lambda c: list(_tables(c))):
                yield name, content
    finally:
        await engine.dispose()


def _tables(connection: Connection) -> Iterator[tuple[str, bytes]]:
    for schema in inspect(connection).get_schema_names():
        if schema in ITS_OWN:
            continue
        found = MetaData(schema=schema)
        found.reflect(connection)
        for table in found.sorted_tables:
            rows = connection.execute(select(table)).all()
            values = (_plain(value) for row in rows for value in row)
            yield str(table), b"\0\n".join(values)


def _plain(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogatepass")


async def of_server(url: str) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the files of the PostgreSQL server at *url* that hold this database, and its log."""
    engine: AsyncEngine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text("CHECKPOINT"))
            home = (await connection.execute(text("SHOW data_directory"))).scalar_one()
            own = "SELECT oid FROM pg_database WHERE datname = :name"
            named = {"name": make_url(url).database}
            oid = (await connection.execute(text(own), named)).scalar_one()
    finally:
        await engine.dispose()
    for name, content in of_files(Path(home)):
        if not name.startswith("base/") or name.startswith(f"base/{oid}/"):
            yield name, content
