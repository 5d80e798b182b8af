"""The route store: where a contact can be reached, sealed, and apart from everything else.

A contact's own row has its pseudonym as id, so it is found again without a look at the address.
Rows of cases (``grievances.reporters``) stand in the same table under random ids.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, bindparam, delete, select

from channels.base import Address
from storage.among import among
from storage.base import Instant, Sealed, route_metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new
from vault import routes as seals
from vault.keyring import Keyring, Purpose

routes = Table(
    "routes",
    route_metadata,
    Column("id", String(32), primary_key=True),
    Column("contact", String(32), nullable=False, index=True),
    Column("channel", String(32), nullable=False),
    Column("sealed", Sealed, nullable=False),
    Column("made_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, repr=False)
class SealedRoute:
    """One row of the route store."""

    id: str
    channel: str
    sealed: bytes


def pseudonym(keyring: Keyring, address: Address) -> str:
    """Return what stands for *address* in the route store."""
    return keyring.pseudonym(Purpose.ROUTE, address.channel, address.value)


async def keep(
    db: Transaction, keyring: Keyring, route_id: str, address: Address, now: datetime
) -> None:
    """Keep *address* under *route_id*; a row that is there already stays as it is."""
    sealed = seals.seal_address(keyring, route_id, address.channel, address.value)
    route = SealedRoute(route_id, address.channel, sealed)
    await (await db.routes()).execute(
        insert_new(db, routes), _row(route, pseudonym(keyring, address), now)
    )


def seal(keyring: Keyring, address: Address) -> SealedRoute:
    """Return the contact's own route, to be kept later by ``keep_sealed``."""
    route_id = pseudonym(keyring, address)
    sealed = seals.seal_address(keyring, route_id, address.channel, address.value)
    return SealedRoute(route_id, address.channel, sealed)


async def keep_sealed(db: Transaction, sealed: Collection[SealedRoute], now: datetime) -> None:
    """Keep contacts' own routes that ``seal`` made; those that are there stay as they are."""
    rows = [_row(route, route.id, now) for route in sealed]
    if rows:
        await (await db.routes()).execute(insert_new(db, routes), rows)


def _row(route: SealedRoute, contact: str, now: datetime) -> dict[str, object]:
    return {
        "id": route.id,
        "contact": contact,
        "channel": route.channel,
        "sealed": route.sealed,
        "made_at": now,
    }


async def remember(db: Transaction, keyring: Keyring, address: Address, now: datetime) -> str:
    """Return the id of the contact's own route, kept from now on if it was not."""
    route_id = pseudonym(keyring, address)
    found = await (await db.routes()).execute(_THERE, {"its_id": route_id})
    if found.first() is None:  # sealing is not for free
        await keep(db, keyring, route_id, address, now)
    return route_id


_THERE = select(routes.c.id).where(routes.c.id == bindparam("its_id"))


async def channel_of(db: Transaction, route_id: str) -> str | None:
    """Return the channel of the contact behind *route_id*, for which no key is needed."""
    found = select(routes.c.channel).where(routes.c.id == route_id)
    channel: str | None = (await (await db.routes()).execute(found)).scalar()
    return channel


async def resolve(db: Transaction, keyring: Keyring, route_id: str) -> Address | None:
    """Return the address behind *route_id*; None: forgotten.

    Raises ``CannotOpen`` where the route key is not loaded.
    """
    found = select(routes.c.channel, routes.c.sealed).where(routes.c.id == route_id)
    row = (await (await db.routes()).execute(found)).first()
    if row is None:
        return None
    value = seals.open_address(keyring, route_id, row.channel, row.sealed)
    return Address(row.channel, value)


async def sealed(db: Reads, route_ids: Collection[str]) -> dict[str, SealedRoute]:
    """Return what is kept of *route_ids*, unopened; *db* reads the route store."""
    rows = await db.execute(_SEALED, {"ids": list(route_ids)})
    return {row.id: SealedRoute(*row) for row in rows}


_SEALED = select(routes.c.id, routes.c.channel, routes.c.sealed).where(among(routes.c.id, "ids"))


def opened(keyring: Keyring, route: SealedRoute) -> Address:
    """Return the address that is sealed in *route*. Raises ``CannotOpen``."""
    return Address(
        route.channel, seals.open_address(keyring, route.id, route.channel, route.sealed)
    )


async def forget(db: Transaction, route_id: str) -> None:
    """Erase one route for good."""
    await forget_all(db, [route_id])


async def forget_all(db: Transaction, route_ids: Collection[str]) -> None:
    """Erase some routes for good."""
    await (await db.routes()).execute(_FORGET, {"ids": list(route_ids)})


_FORGET = delete(routes).where(among(routes.c.id, "ids"))
