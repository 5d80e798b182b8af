"""The way back to a reporter: one sealed address a case, apart from the case.

Only ``intake`` and ``correspondence`` may import this; a test of the walls sees to it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from channels import contacts
from channels.base import Address
from channels.contacts import routes
from storage.unit_of_work import Reads, Transaction
from vault.keyring import Keyring


async def case_route(db: Transaction, keyring: Keyring, address: Address, now: datetime) -> str:
    """Keep *address* for one case and return the route's id, which says nothing."""
    route_id = uuid4().hex
    await contacts.keep(db, keyring, route_id, address, now)
    return route_id


async def routes_of(db: Transaction, keyring: Keyring, address: Address) -> Sequence[str]:
    """Return the routes that lead to *address*: of its cases, and the contact's own."""
    known = select(routes.c.id).where(routes.c.contact == contacts.pseudonym(keyring, address))
    found = await (await db.routes()).execute(known)
    return found.scalars().all()


async def beside(db: Reads, route_id: str) -> Sequence[str]:
    """Return the other routes that lead where this one does; *db* is the route store."""
    contact = select(routes.c.contact).where(routes.c.id == route_id).scalar_subquery()
    same = select(routes.c.id).where(routes.c.contact == contact, routes.c.id != route_id)
    return (await db.execute(same)).scalars().all()


async def resolve(db: Transaction, keyring: Keyring, route_id: str) -> Address | None:
    """Return the address; None: it is erased. Raises ``CannotOpen`` but for the sender."""
    return await contacts.resolve(db, keyring, route_id)


async def forget(db: Transaction, route_id: str) -> None:
    """Erase the way back for good."""
    await contacts.forget(db, route_id)
