"""What a forum settles about broadcasts: how many one person alone may write to, and prices.

To allow more takes two who manage members, and neither of them broadcasts; to allow fewer, one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, String, Table, select, update

from forum import audit, members
from forum.members import Member, NotAllowed, Right
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

#: One row, with id 1; none: as ``ALONE_UP_TO`` says.
broadcast_terms = Table(
    "broadcast_terms",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("alone_up_to", Integer, nullable=False),
    Column("wished", Integer),  # what somebody would raise it to
    Column("wished_by", String(32), ForeignKey("members.id")),
    Column("wished_at", Instant),
    Column("currency", String(8), nullable=False),
    Column("moved_at", Instant, nullable=False),
)

#: What a segment, a message elsewhere than on SMS, or a minute of a call costs on a channel.
prices = Table(
    "prices",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("price", Integer, nullable=False),  # in ten-thousandths of the currency
)

#: How many people one person alone may write to in a day, unless a forum says otherwise: a
#: training of forty with its trainers. Beyond it a wrong word is news.
ALONE_UP_TO: Final = 50
MOST_ALONE: Final = 10_000

#: Providers' price lists have four decimals.
FINENESS: Final = 10_000
DEAREST: Final = 10 * FINENESS

_ONLY: Final = 1


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds now, and what somebody wishes to raise it to."""

    alone_up_to: int = ALONE_UP_TO
    wished: int | None = None
    wished_by: str | None = None
    wished_at: datetime | None = None
    currency: str = "USD"


async def read(db: Reads) -> Terms:
    """Return what holds now."""
    row = (await db.execute(select(*_SHOWN))).first()
    return Terms() if row is None else Terms(*row)


async def allow(db: Transaction, people: int, *, by: Member, now: datetime) -> bool:
    """Let one person alone write to so many *people*; False: a second one has to agree first.

    Raises ``NotAllowed`` for who does not manage members, and for who broadcasts, and
    ``ValueError`` for a number that is none.
    """
    await _check(db, by)
    if not 0 <= people <= MOST_ALONE:
        raise ValueError(people)
    terms = await read(db)
    nothing = {"wished": None, "wished_by": None, "wished_at": None}
    if people <= terms.alone_up_to:
        await _keep(db, now, alone_up_to=people, **nothing)
        await _record(db, "terms.set", by, now)
        return True
    await _keep(db, now, wished=people, wished_by=by.id, wished_at=now)
    await _record(db, "terms.wished", by, now)
    return False


async def agree(db: Transaction, people: int, *, by: Member, now: datetime) -> None:
    """Agree that it is raised to *people*, as another member wished.

    Raises ``NotAllowed`` for who wished it, and for who joined after it was wished; and where
    that is not wished (any more).
    """
    await _check(db, by)
    terms = await read(db)
    if terms.wished != people or terms.wished_at is None or terms.wished_by == by.id:
        raise NotAllowed
    present = await members.get(db, by.id)
    if present is None or present.joined_at > terms.wished_at:
        raise NotAllowed
    wished = (broadcast_terms.c.id == _ONLY) & (broadcast_terms.c.wished == people)
    same = wished & (broadcast_terms.c.wished_by == terms.wished_by)
    values = {"alone_up_to": people, "wished": None, "wished_by": None, "wished_at": None}
    raised = await db.execute(update(broadcast_terms).where(same).values(**values, moved_at=now))
    if raised.rowcount != 1:
        raise NotAllowed
    await _record(db, "terms.set", by, now)


async def prices_of(db: Reads) -> dict[str, int]:
    """Return what each channel costs, in ten-thousandths; a channel without a price is absent."""
    return {row.channel: row.price for row in await db.execute(select(prices))}


async def price(
    db: Transaction, given: Mapping[str, int], currency: str, *, by: Member, now: datetime
) -> None:
    """Keep the prices of some channels, in ten-thousandths of *currency* (three letters).

    Raises ``NotAllowed``.
    """
    await _check(db, by)
    await _keep(db, now, currency=currency)
    for channel, amount in sorted(given.items()):
        new = insert(db, prices).values(channel=channel, price=amount)
        over = {"price": amount}
        await db.execute(new.on_conflict_do_update(index_elements=["channel"], set_=over))
    await _record(db, "terms.priced", by, now)


_SHOWN = tuple(broadcast_terms.c[name] for name in Terms.__dataclass_fields__)


async def _check(db: Transaction, by: Member) -> None:
    """Raise ``NotAllowed`` unless *by* still manages members, and does not broadcast."""
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.MANAGE_MEMBERS) or present.may(Right.BROADCAST):
        raise NotAllowed


async def _keep(db: Transaction, now: datetime, **values: object) -> None:
    first = {"id": _ONLY, "alone_up_to": ALONE_UP_TO, "currency": Terms().currency}
    new = insert(db, broadcast_terms).values({**first, **values, "moved_at": now})
    over = {**values, "moved_at": now}
    await db.execute(new.on_conflict_do_update(index_elements=["id"], set_=over))


async def _record(db: Transaction, act: str, by: Member, now: datetime) -> None:
    await audit.record(db, actor=by.id, act=act, subject="broadcasts", now=now)
