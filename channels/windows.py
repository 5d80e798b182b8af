"""When somebody last wrote, where a provider lets us answer for a while only (WhatsApp).

Kept no longer than that while: afterwards nobody needs to know it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, delete, select

from channels import contacts
from channels.base import Address
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert
from vault.keyring import Keyring

windows = Table(
    "windows",
    metadata,
    Column("route_id", String(32), primary_key=True),
    Column("heard_at", Instant, nullable=False, index=True),
)

#: Channel -> how long after somebody's last word they may be answered in free words.
#: WhatsApp: 24 hours (docs/api/errors/63016), less what a message may wait at Twilio.
OPEN_FOR: Mapping[str, timedelta] = {"whatsapp": timedelta(hours=24) - timedelta(minutes=5)}


async def note(db: Transaction, keyring: Keyring, address: Address, now: datetime) -> None:
    """Note that *address* has written, where that matters."""
    if address.channel in OPEN_FOR:
        route_id = contacts.pseudonym(keyring, address)
        statement = insert(db, windows).values(route_id=route_id, heard_at=now)
        again = {"heard_at": now}
        await db.execute(statement.on_conflict_do_update(index_elements=["route_id"], set_=again))


async def is_open(db: Reads, keyring: Keyring, address: Address, now: datetime) -> bool:
    """Whether *address* may be answered in free words at *now*."""
    if address.channel not in OPEN_FOR:
        return True
    mine = windows.c.route_id == contacts.pseudonym(keyring, address)
    fresh = windows.c.heard_at > now - OPEN_FOR[address.channel]
    return (await db.execute(select(windows.c.heard_at).where(mine, fresh))).first() is not None


async def purge(db: Transaction, now: datetime) -> None:
    """Forget who wrote so long ago that it means nothing any more."""
    longest = max(OPEN_FOR.values())
    await db.execute(delete(windows).where(windows.c.heard_at <= now - longest))
