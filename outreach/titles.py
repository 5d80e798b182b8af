"""Announcements that have left, by their titles: staff choose an audience by what was told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select

from channels.ledger import BROADCAST, outbox
from outreach.announcements import announcements
from outreach.copies import announcement_broadcasts
from storage.unit_of_work import Reads

#: As many are offered to choose by.
OFFERED: Final = 20


@dataclass(frozen=True, slots=True)
class Titled:
    """What staff know one by. *began_at*: when the first of it was made ready to leave.

    *zone*: an IANA name, where it is not all of an announcement but what left in one zone.
    """

    id: str
    title: str
    began_at: datetime | None
    zone: str | None = None


async def offered(db: Reads) -> Sequence[Titled]:
    """Return the newest announcements of which rows are in the ledger still, newest first."""
    its, owners = announcement_broadcasts.c, announcements.c
    both = announcement_broadcasts.join(outbox, outbox.c.broadcast == its.broadcast)
    rows = select(outbox.c.seq).select_from(both).where(BROADCAST, its.announcement == owners.id)
    left = select(owners.id, owners.title, owners.began_at).where(owners.began_at.is_not(None))
    newest = left.where(rows.exists()).order_by(owners.began_at.desc(), owners.id)
    return [Titled(*row) for row in await db.execute(newest.limit(OFFERED))]


async def of(db: Reads, ids: Collection[str]) -> Mapping[str, Titled]:
    """Return those of *ids* that are known, announcements or single broadcasts of one.

    Audiences that were kept before announcements could be chosen by name single broadcasts.
    """
    its, owners = announcement_broadcasts.c, announcements.c
    joined = announcements.outerjoin(announcement_broadcasts, its.announcement == owners.id)
    columns = (owners.id, owners.title, owners.began_at, its.broadcast, its.zone)
    named = or_(owners.id.in_(sorted(ids)), its.broadcast.in_(sorted(ids)))
    found: dict[str, Titled] = {}
    for row in await db.execute(select(*columns).select_from(joined).where(named)):
        if row.id in ids:
            found[row.id] = Titled(row.id, row.title, row.began_at)
        if row.broadcast in ids:
            found[row.broadcast] = Titled(row.broadcast, row.title, row.began_at, row.zone)
    return found
