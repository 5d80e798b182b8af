"""INSERT … ON CONFLICT, which both engines have and SQLAlchemy spells per dialect.

Making a statement and finding its compiled form costs more than SQLite takes to execute it. So
those that every message needs are made once, and executed with their values as parameters.
"""

from functools import cache
from typing import TypeAlias

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.unit_of_work import Transaction

Insert: TypeAlias = sqlite.Insert | postgresql.Insert


def insert(db: Transaction | AsyncConnection, table: Table) -> Insert:
    """Return an INSERT into *table* that knows ``on_conflict_do_nothing`` and ``…_do_update``."""
    return _insert(db.dialect.name, table)


def insert_new(db: Transaction | AsyncConnection, table: Table) -> Insert:
    """Return an INSERT that leaves a row alone which is there already.

    Execute it with the values as parameters; ``rowcount`` says whether the row is new.
    """
    return _insert_new(db.dialect.name, table)


@cache
def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


def insert_or_set(db: Transaction | AsyncConnection, table: Table, *names: str) -> Insert:
    """Return an INSERT that gives a row which is there already what is new in the columns *names*.

    Execute it with the values of all columns as parameters.
    """
    return _insert_or_set(db.dialect.name, table, names)


def insert_or_add(db: Transaction | AsyncConnection, table: Table, *names: str) -> Insert:
    """Return the same, but what is new in the columns *names* is added to what stands there."""
    return _insert_or_add(db.dialect.name, table, names)


@cache
def _insert_or_set(dialect: str, table: Table, names: tuple[str, ...]) -> Insert:
    statement = _insert(dialect, table)
    new = {name: statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=_key(table), set_=new)


@cache
def _insert_or_add(dialect: str, table: Table, names: tuple[str, ...]) -> Insert:
    statement = _insert(dialect, table)
    new = {name: table.c[name] + statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=_key(table), set_=new)


def _key(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]
