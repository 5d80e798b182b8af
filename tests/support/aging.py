"""Let time pass for an installation whose processes are down: everything in it grows older."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Integer,
    MetaData,
    Update,
    func,
    type_coerce,
    update,
)

from app import tables  # noqa: F401 - so that both metadata are complete
from storage.base import Instant, metadata, route_metadata
from storage.engine import Database


async def age(database: Database, by: timedelta) -> None:
    """Move every moment of both stores into the past, as if it were *by* later now.

    Days of the calendar move by whole days, so the days of a week by whole weeks.
    """
    async with database.transaction() as db:
        for older in _older(metadata, by, db.dialect.name):
            await db.main.execute(older)
        routes = await db.routes()
        for older in _older(route_metadata, by, db.dialect.name):
            await routes.execute(older)


def _older(of: MetaData, by: timedelta, dialect: str) -> list[Update]:
    found = []
    for table in of.sorted_tables:
        older = {c.name: moved for c in table.c if (moved := _moved(c, by, dialect)) is not None}
        if older:
            found.append(update(table).values(older))
    return found


def _moved(column: Column[Any], by: timedelta, dialect: str) -> ColumnElement[Any] | None:
    if isinstance(column.type, Instant):
        return type_coerce(column, BigInteger) - by // timedelta(microseconds=1)
    if not isinstance(column.type, Date):
        return None
    if dialect == "sqlite":
        return func.date(column, f"-{by.days} days")
    return type_coerce(column, Date) - type_coerce(by.days, Integer)
