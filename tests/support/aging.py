"""Let time pass for an installation whose processes are down: everything in it grows older."""

from datetime import timedelta

from sqlalchemy import BigInteger, MetaData, Update, type_coerce, update

from app import tables  # noqa: F401 - so that both metadata are complete
from storage.base import Instant, metadata, route_metadata
from storage.engine import Database


async def age(database: Database, by: timedelta) -> None:
    """Move every moment of both stores into the past, as if it were *by* later now."""
    async with database.transaction() as db:
        for older in _older(metadata, by):
            await db.main.execute(older)
        routes = await db.routes()
        for older in _older(route_metadata, by):
            await routes.execute(older)


def _older(of: MetaData, by: timedelta) -> list[Update]:
    microseconds = by // timedelta(microseconds=1)
    found = []
    for table in of.sorted_tables:
        moments = [column for column in table.c if isinstance(column.type, Instant)]
        if moments:
            older = {c.name: type_coerce(c, BigInteger) - microseconds for c in moments}
            found.append(update(table).values(older))
    return found
