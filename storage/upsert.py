"""INSERT … ON CONFLICT, which both engines have and SQLAlchemy spells per dialect."""

from typing import TypeAlias

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.unit_of_work import Transaction

Insert: TypeAlias = sqlite.Insert | postgresql.Insert


def insert(db: Transaction | AsyncConnection, table: Table) -> Insert:
    """Return an INSERT into *table* that knows ``on_conflict_do_nothing`` and ``…_do_update``."""
    if db.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
