"""The list of subscribers as a table to take away: what they are like, and nobody's address.

The number of a row is its place in a random order. It means nothing, and leads back to nobody.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import func, select

from forum.bodies import sites
from outreach.subscribers import subscribers
from storage.unit_of_work import Reads

#: The columns, in their order; the number of the row comes before them.
COLUMNS: Final = (
    *("site", "district", "role", "gender", "formality", "phase", "language", "channel"),
    *("cohort", "state", "since", "heard"),
)

#: Rows that are in memory at once.
PAGE: Final = 2_000

#: Some rows, as the database has them: an id, and what ``cells`` makes the columns of.
Page: TypeAlias = Sequence[Sequence[Any]]


async def count(db: Reads) -> int:
    """Return how many rows the table has."""
    return int((await db.execute(select(func.count()).select_from(subscribers))).scalar_one())


async def pages(db: Reads) -> AsyncIterator[Page]:
    """Yield every subscriber, a page at a time."""
    after = ""
    while True:
        found: Page = (await db.execute(_PAGE.where(subscribers.c.id > after))).all()
        if not found:
            return
        yield found
        after = found[-1][0]


#: Ids are random, so their order is.
_PAGE: Final = (
    select(
        subscribers.c.id,
        *(sites.c.code, sites.c.district),
        *(subscribers.c[name] for name in COLUMNS[2:10]),
        *(subscribers.c.since, subscribers.c.heard_at),
    )
    .select_from(subscribers.outerjoin(sites, sites.c.id == subscribers.c.site_id))
    .order_by(subscribers.c.id)
    .limit(PAGE)
)


def cells(page: Page) -> list[list[str]]:
    """Return a page in the order of ``COLUMNS``; days as 2026-05-12, what is unknown empty."""
    return [[_cell(value) for value in row[1:]] for row in page]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.date().isoformat() if isinstance(value, datetime) else str(value)
