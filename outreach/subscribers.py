"""Who wants to hear of changed rules. No row says who somebody is, and none leads to a case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from channels import contacts, optout
from channels.base import Address
from forum import bodies
from forum.bodies import Site
from outreach import companions
from outreach.profiles import Profile
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
    # Of who listens there; of a second person on the same telephone: ``companions``.
    Column("site_id", String(32), ForeignKey("sites.id")),
    Column("role", String(16)),
    Column("gender", String(16)),
    Column("formality", String(16)),
    Column("phase", String(16)),
    Column("cohort", String(16)),  # a pilot that the telephone is part of
    Column("state", String(16), nullable=False),
    Column("since", Instant, nullable=False),
    Column("heard_at", Instant),  # midnight UTC before the last word about news: see ``heard``
    Column("consent_how", String(200)),  # null: by their own word, from that telephone
    Column("consent_at", Instant),  # midnight UTC of the day on which they consented
    Column("uncalled", Boolean),  # true: they pressed 0 in a call, and are written to instead
    Column("import_id", String(32)),  # by which file it came, until it speaks for itself
    # A broadcast is planned in the order of the contacts (``channels.planning``).
    Index("ix_subscribers_planning", "state", "route_id", "channel", "language"),
    Index("ix_subscribers_site_id", "site_id"),
    Index("ix_subscribers_import_id", "import_id"),
)

# Asked with every word about news, so made once (``storage.upsert`` says why).
_NOT_THAT_DAY = or_(subscribers.c.heard_at.is_(None), subscribers.c.heard_at < bindparam("today"))
_HEARD = (
    update(subscribers)
    .where(subscribers.c.contact == bindparam("its_contact"), _NOT_THAT_DAY)
    .values(heard_at=bindparam("today"))
)


class State(StrEnum):
    """Whether news may go to a subscriber."""

    PENDING = "pending"  # of a file that is not on the list as a whole yet
    ACTIVE = "active"
    STOPPED = "stopped"


class HasStopped(Exception):
    """They sent STOP. Only their own word brings them back, never a list of ours."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are."""

    active: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Consent:
    """How somebody who did not write themselves agreed to be told news, and on which day."""

    how: str
    day: date


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
    formality: str | None = None,
) -> str | None:
    """Put *address* on the list by its own word, or add to what the list knows of it.

    What contradicts is of another person on the same telephone. Returns the name of the site
    that *place* is, by its code or its name; a place that is none is not kept.
    """
    site = await bodies.site_called(db, place) if place else None
    told = Profile(site.id if site else None, role, gender, formality)
    own_word = {"heard_at": midnight(now), "import_id": None}
    await _enter(db, keyring, address, told, {"language": language, **own_word}, now)
    return site.name if site else None


async def register(
    db: Transaction,
    keyring: Keyring,
    address: Address,
    told: Profile,
    consent: Consent,
    *,
    language: str,
    now: datetime,
    cohort: str | None = None,
) -> None:
    """Put somebody on the list who stands at the counter. Raises ``HasStopped``."""
    contact = contact_of(keyring, address)
    state = select(subscribers.c.state).where(subscribers.c.contact == contact)
    stopped = (await db.execute(state)).scalar() == State.STOPPED
    if stopped or await optout.stopped(db, keyring, address):
        raise HasStopped
    values = {"language": language, "import_id": None, **consented(consent)}
    await _enter(db, keyring, address, told, values | ({"cohort": cohort} if cohort else {}), now)


async def _enter(
    db: Transaction,
    keyring: Keyring,
    address: Address,
    told: Profile,
    values: dict[str, Any],
    now: datetime,
) -> None:
    """Add *address*, or change it; of a profile that contradicts, add another person."""
    told = told.with_phase()
    values = {**values, "route_id": await contacts.remember(db, keyring, address, now)}
    contact = contact_of(keyring, address)
    fresh = insert(db, subscribers).values(
        id=uuid4().hex,
        contact=contact,
        channel=address.channel,
        state=State.ACTIVE,
        since=now,
        **values,
        **told.known(),
    )
    done = await db.execute(fresh.on_conflict_do_nothing(index_elements=["contact"]))
    if done.rowcount == 1:
        return
    held = select(subscribers).where(subscribers.c.contact == contact).with_for_update()
    row = (await db.execute(held)).mappings().one()
    if row["state"] != State.ACTIVE:
        values |= {"state": State.ACTIVE, "since": now}
    if told.contradicts(Profile.of(row)):
        agreed = {name: values.pop(name) for name in companions.AGREED if name in values}
        await companions.tell(db, row["id"], told, now, agreed)
    else:
        values |= told.known()
    await db.execute(update(subscribers).where(subscribers.c.id == row["id"]).values(values))


async def heard(db: Transaction, keyring: Keyring, address: Address, now: datetime) -> None:
    """Note that a subscriber said something about news: asked for a rule again, answered.

    Never call it for words about a case: the day of a report would stand beside a site and a
    role, where whoever has both tables could guess. By the day, so that it is written once a day.
    """
    given = {"its_contact": contact_of(keyring, address), "today": midnight(now)}
    await db.execute(_HEARD, given)


async def erase(db: Transaction, keyring: Keyring, address: Address) -> str | None:
    """Erase a subscriber with whoever else listens there; return its route id, None: nobody.

    A STOP of theirs is kept apart from the list (``channels.optout``) and stays.
    """
    here = subscribers.c.contact == contact_of(keyring, address)
    row = (await db.execute(select(subscribers.c.id, subscribers.c.route_id).where(here))).first()
    if row is None:
        return None
    await erase_all(db, [row.id])
    return str(row.route_id)


async def erase_all(db: Transaction, ids: Collection[str]) -> None:
    """Erase subscribers, and whoever else listens on their telephones."""
    others = companions.companions.c.subscriber_id
    await db.execute(delete(companions.companions).where(others.in_(ids)))
    await db.execute(delete(subscribers).where(subscribers.c.id.in_(ids)))


def consented(consent: Consent) -> dict[str, Any]:
    """Return the columns that say how somebody agreed."""
    day = datetime.combine(consent.day, time(), UTC)
    return {"consent_how": consent.how, "consent_at": day}


def midnight(now: datetime) -> datetime:
    """Return the beginning of the day in UTC: all that is kept of a moment."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Listener:
    """What the list knows of somebody on it, whether news may go to them or not."""

    id: str
    site_id: str | None
    role: str | None
    gender: str | None


async def find(db: Reads, keyring: Keyring, address: Address) -> Listener | None:
    """Return what the list knows of *address*; None: it is not on it."""
    c = subscribers.c
    theirs = c.contact == contact_of(keyring, address)
    found = await db.execute(select(c.id, c.site_id, c.role, c.gender).where(theirs))
    row = found.one_or_none()
    return None if row is None else Listener(*row)


async def language_of(db: Reads, keyring: Keyring, address: Address) -> str | None:
    """Return the language in which *address* is told news; None: it is not on the list."""
    theirs = subscribers.c.contact == contact_of(keyring, address)
    found = await db.execute(select(subscribers.c.language).where(theirs))
    language: str | None = found.scalar_one_or_none()
    return language


async def speak(db: Transaction, keyring: Keyring, address: Address, language: str) -> None:
    """Tell *address* news in *language* from now on; nothing where it is not on the list."""
    here = subscribers.c.contact == contact_of(keyring, address)
    other = subscribers.c.language != language
    await db.execute(update(subscribers).where(here, other).values(language=language))


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
            subscribers.c.contact == contact_of(keyring, address),
            subscribers.c.state != to,
        )
        .values(state=to, since=now)
    )
    return turned.rowcount == 1


async def call(db: Transaction, keyring: Keyring, address: Address, *, wanted: bool) -> None:
    """Note that who listens at *address* wants no calls, or takes that back."""
    here = subscribers.c.contact == contact_of(keyring, address)
    await db.execute(update(subscribers).where(here).values(uncalled=None if wanted else True))


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody works, and at what; None for what they did not tell."""

    site: Site | None = None
    role: str | None = None


async def where_from(db: Reads, keyring: Keyring, address: Address) -> Sequence[Place]:
    """Return where each person who listens at *address* works; of nobody known: one unknown place.

    Whoever stopped the news told us all the same, and is asking now.
    """
    theirs = subscribers.c.contact == contact_of(keyring, address)
    row = (await db.execute(select(subscribers).where(theirs))).mappings().one_or_none()
    if row is None:
        return [Place()]
    people = [Profile.of(row), *await companions.of(db, row["id"])]
    sites = await bodies.sites_by_ids(db, {one.site_id for one in people if one.site_id})
    return [Place(sites.get(one.site_id or ""), one.role) for one in people]


async def unused(db: Reads, route_ids: Collection[str]) -> frozenset[str]:
    """Return those of *route_ids* by which no subscriber is reached, so that they can go."""
    # Named by state, so that the index that broadcasts are planned by leads to them.
    listed = subscribers.c.state.in_(list(State)) & subscribers.c.route_id.in_(route_ids)
    found = await db.execute(select(subscribers.c.route_id).where(listed))
    return frozenset(route_ids).difference(found.scalars())


async def counts(db: Reads) -> Counts:
    """Return how many subscribers there are."""
    found = await db.execute(
        select(subscribers.c.state, func.count().label("n")).group_by(subscribers.c.state)
    )
    by_state = {row.state: row.n for row in found}
    return Counts(by_state.get(State.ACTIVE, 0), by_state.get(State.STOPPED, 0))


async def cohorts(db: Reads) -> Collection[str]:
    """Return the pilots that somebody is part of."""
    named = select(subscribers.c.cohort).where(subscribers.c.cohort.is_not(None)).distinct()
    return (await db.execute(named)).scalars().all()


def contact_of(keyring: Keyring, address: Address) -> str:
    """Return what stands for *address* on the list."""
    return keyring.pseudonym(Purpose.SUBSCRIBER, address.channel, address.value)
