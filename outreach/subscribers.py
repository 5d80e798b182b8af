"""Who wants to hear of changed rules. No row says who somebody is, and none leads to a case."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import Column, ForeignKey, Index, String, Table, func, select, update

from channels import contacts
from channels.base import Address
from forum import bodies
from forum.bodies import Site
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert
from vault.keyring import Keyring, Purpose

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("contact", String(32), nullable=False, unique=True),
    Column("route_id", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("language", String(16), nullable=False),
    Column("site_id", String(32), ForeignKey("sites.id")),
    Column("role", String(16)),
    Column("gender", String(16)),
    Column("state", String(16), nullable=False),
    Column("since", Instant, nullable=False),
    # A broadcast is planned in the order of the contacts (``channels.planning``).
    Index("ix_subscribers_planning", "state", "route_id", "channel", "language"),
)


class State(StrEnum):
    """Whether news may go to a subscriber."""

    ACTIVE = "active"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are."""

    active: int
    stopped: int


async def subscribe(
    db: Transaction,
    keyring: Keyring,
    address: Address,
    *,
    language: str,
    now: datetime,
    place: str | None = None,
    role: str | None = None,
    gender: str | None = None,
) -> str | None:
    """Put *address* on the list, or change what the list knows of it.

    Returns the name of the site whose code *place* is; a place that is no code is not kept.
    """
    site = await bodies.site_by_code(db, place) if place else None
    values = {
        "route_id": await contacts.remember(db, keyring, address, now),
        "language": language,
        "site_id": site.id if site else None,
        "role": role,
        "gender": gender,
        "state": State.ACTIVE,
        "since": now,
    }
    statement = insert(db, subscribers).values(
        id=uuid4().hex,
        contact=_contact(keyring, address),
        channel=address.channel,
        **values,
    )
    await db.execute(statement.on_conflict_do_update(index_elements=["contact"], set_=values))
    return site.name if site else None


async def stop(db: Transaction, keyring: Keyring, address: Address, now: datetime) -> bool:
    """Send no more news to *address*; False: it had none to stop."""
    return await _turn(db, keyring, address, State.STOPPED, now)


async def restart(db: Transaction, keyring: Keyring, address: Address, now: datetime) -> bool:
    """Let news come again to a subscriber who stopped them; False: there is none."""
    return await _turn(db, keyring, address, State.ACTIVE, now)


async def _turn(
    db: Transaction, keyring: Keyring, address: Address, to: State, now: datetime
) -> bool:
    turned = await db.execute(
        update(subscribers)
        .where(
            subscribers.c.contact == _contact(keyring, address),
            subscribers.c.state != to,
        )
        .values(state=to, since=now)
    )
    return turned.rowcount == 1


async def where_from(
    db: Reads, keyring: Keyring, address: Address
) -> tuple[Site | None, str | None]:
    """Return the site and the work that *address* told us; None for what it did not.

    Whoever stopped the news told us all the same, and is asking now.
    """
    told = select(subscribers.c.site_id, subscribers.c.role).where(
        subscribers.c.contact == _contact(keyring, address)
    )
    row = (await db.execute(told)).one_or_none()
    if row is None:
        return None, None
    site = await bodies.site_by_id(db, row.site_id) if row.site_id else None
    return site, row.role


async def unused(db: Reads, route_ids: Collection[str]) -> frozenset[str]:
    """Return those of *route_ids* by which no subscriber is reached, so that they can go."""
    found = await db.execute(
        select(subscribers.c.route_id).where(subscribers.c.route_id.in_(route_ids))
    )
    return frozenset(route_ids).difference(found.scalars())


async def counts(db: Reads) -> Counts:
    """Return how many subscribers there are."""
    found = await db.execute(
        select(subscribers.c.state, func.count().label("n")).group_by(subscribers.c.state)
    )
    by_state = {row.state: row.n for row in found}
    return Counts(by_state.get(State.ACTIVE, 0), by_state.get(State.STOPPED, 0))


def _contact(keyring: Keyring, address: Address) -> str:
    return keyring.pseudonym(Purpose.SUBSCRIBER, address.channel, address.value)
