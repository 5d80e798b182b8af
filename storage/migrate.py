"""Bring both stores to the newest revision, or say that they are not there yet."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import ROUTE_SCHEMA, Database
from storage.migrations import HEADS

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent / "migrations"

#: Any number, the same in every process: two machines that migrate at once take turns.
ADVISORY_LOCK = 0x62617261


def config(store: str, connection: Connection) -> "Config":
    """Return Alembic's configuration for *store* (``main`` or ``routes``) on *connection*."""
    from alembic.config import Config  # noqa: PLC0415 - slow to import, and rarely needed

    made = Config()
    made.set_main_option("script_location", str(HERE / store))
    made.attributes["connection"] = connection
    return made


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return found


def _upgrade(connection: Connection, store: str) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, and rarely needed

    command.upgrade(config(store, connection), "head")


def _engines(database: Database) -> dict[str, AsyncEngine]:
    return {"main": database.writer, "routes": database.routes}


async def behind(database: Database) -> list[str]:
    """Return the stores whose tables are not at the newest revision."""
    found = []
    for store, engine in _engines(database).items():
        async with engine.connect() as connection:
            if await connection.run_sync(_revision) != HEADS[store]:
                found.append(store)
    return found


async def is_empty(database: Database) -> bool:
    """Whether nothing was ever kept here."""
    async with database.writer.connect() as connection:
        return await connection.run_sync(_revision) is None


async def migrate(database: Database) -> list[str]:
    """Migrate whatever is behind; return the names of the stores that were."""
    if not database.embedded:
        async with database.writer.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {ROUTE_SCHEMA}"))
    stores = await behind(database)
    for store in stores:
        async with _engines(database)[store].begin() as connection:
            if not database.embedded:
                # However long the other machine takes: it does the same work.
                await connection.execute(text("SET LOCAL lock_timeout = 0"))
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            await connection.run_sync(_upgrade, store)
    return stores
