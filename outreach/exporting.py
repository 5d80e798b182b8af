"""The list of subscribers as a table to take away: what they are like, and nobody's address.

The number of a row is its place in a random order. It means nothing, and leads back to nobody.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from forum.bodies import sites
from outreach.subscribers import subscribers
from storage.unit_of_work import Reads

#: The columns, in their order; the number of the row comes before them.
COLUMNS: Final = (
    *("site", "district", "role", "gender", "formality", "phase", "language", "channel"),
    *("cohort", "state", "since", "heard"),
)


async def rows(db: Reads) -> Sequence[Sequence[str]]:
    """Return every subscriber in the order of ``COLUMNS``; days as 2026-05-12, unknown empty."""
    theirs = (subscribers.c[name] for name in COLUMNS[2:10])
    listed = select(
        sites.c.code, sites.c.district, *theirs, subscribers.c.since, subscribers.c.heard_at
    )
    at_sites = subscribers.outerjoin(sites, sites.c.id == subscribers.c.site_id)
    # Ids are random, so their order is.
    found = await db.execute(listed.select_from(at_sites).order_by(subscribers.c.id))
    return [tuple(_cell(value) for value in row) for row in found]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.date().isoformat() if isinstance(value, datetime) else str(value)
