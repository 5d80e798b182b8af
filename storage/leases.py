"""What only one process may do at a time, and who does it: a row that has to be renewed.

A process that dies stops renewing, and another takes over when the lease has run out.
"""

from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, bindparam, delete, or_, select

from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)

#: How long a lease holds when it is not renewed. Renewed each third of it, somebody else holds it
#: within 15 s of a death (delivery.md, 3.8), a look each second included.
HOLDS_FOR = timedelta(seconds=12)
RENEW_EVERY = HOLDS_FOR / 3


async def take(db: Transaction, name: str, by: str, now: datetime, *, seize: bool = False) -> bool:
    """Take or renew the lease *name* for *by*; False: another process holds it.

    *seize*: nobody else can live, so whoever holds it is dead.
    """
    fresh = {"holder": by, "until": now + HOLDS_FOR}
    free = or_(leases.c.holder == by, leases.c.until <= now)
    statement = insert(db, leases).values(name=name, **fresh)
    taken = await db.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_=fresh, where=None if seize else free
        )
    )
    return taken.rowcount == 1


async def release(db: Transaction, name: str, by: str) -> None:
    """Give the lease back, so that nobody has to wait for it to run out."""
    await db.execute(delete(leases).where(leases.c.name == name, leases.c.holder == by))


async def holder(db: Reads, name: str, now: datetime) -> str | None:
    """Return who holds the lease *name* at *now*; None: nobody."""
    found: str | None = (await db.execute(_HELD, {"its_name": name, "now": now})).scalar()
    return found


# Made once: the sender asks before each batch that leaves.
_HELD = select(leases.c.holder).where(
    leases.c.name == bindparam("its_name"), leases.c.until > bindparam("now", type_=Instant)
)
