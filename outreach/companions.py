"""Other people who listen on a subscriber's telephone, each with what they told.

A telephone is one subscriber, and is told each thing once. It is in an audience when anybody who
listens on it is. Whoever says something that contradicts nobody there is taken for the one that
it fits.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Column,
    ForeignKey,
    RowMapping,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from outreach.profiles import TRAITS, Profile
from storage.among import among
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction

companions = Table(
    "companions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subscriber_id", String(32), ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("site_id", String(32), ForeignKey("sites.id")),
    Column("role", String(16)),
    Column("gender", String(16)),
    Column("formality", String(16)),
    Column("phase", String(16)),
    Column("told_at", Instant, nullable=False),
    Column("consent_how", String(200)),  # null: by their own word, from that telephone
    Column("consent_at", Instant),  # midnight UTC of the day on which they consented
)

#: Of nobody is it said how they agreed; they wrote themselves.
NOTHING: Final[Mapping[str, Mapping[str, Any]]] = {}
OWN_WORD: Final[Mapping[str, Any]] = {}

#: Beside the first of them. A household or a gang shares a telephone, a village hardly.
MOST: Final = 5


#: The columns that say how somebody agreed who did not write themselves.
AGREED: Final[tuple[str, ...]] = ("consent_how", "consent_at")

#: What one of them told anew; what they did not say stays. Executed with many at once.
_ANEW: Final = (
    update(companions)
    .where(companions.c.id == bindparam("its_id"))
    .values(
        {
            **{
                name: func.coalesce(bindparam(f"told_{name}", type_=String), companions.c[name])
                for name in TRAITS
            },
            "told_at": bindparam("moment", type_=companions.c.told_at.type),
            **{
                name: func.coalesce(
                    bindparam(f"told_{name}", type_=companions.c[name].type), companions.c[name]
                )
                for name in AGREED
            },
        }
    )
)


async def tell(
    db: Transaction,
    subscriber_id: str,
    told: Profile,
    now: datetime,
    agreed: Mapping[str, Any] = OWN_WORD,
) -> None:
    """Keep what one more person told, or what one of them told anew.

    *agreed*: the columns ``AGREED``, of who did not write themselves. Where ``MOST`` are there
    already, the one who was silent the longest gives way.
    """
    await tell_all(db, {subscriber_id: told}, now, {subscriber_id: agreed})


async def tell_all(
    db: Transaction,
    told: Mapping[str, Profile],
    now: datetime,
    agreed: Mapping[str, Mapping[str, Any]] = NOTHING,
) -> None:
    """Do so on many telephones at once; *told* and *agreed* by the subscriber's id."""
    if not told:
        return
    beside = await _beside(db, told)
    anew: list[dict[str, object]] = []
    fresh: list[dict[str, object]] = []
    silent: list[str] = []
    for subscriber_id, one in told.items():
        how = {name: agreed.get(subscriber_id, OWN_WORD).get(name) for name in AGREED}
        rows = beside.get(subscriber_id, ())
        fits = next((row["id"] for row in rows if not one.contradicts(Profile.of(row))), None)
        if fits is not None:
            every = {**one.traits(), **how}
            said = {f"told_{name}": value for name, value in every.items()}
            anew.append({"its_id": fits, "moment": now, **said})
            continue
        if len(rows) >= MOST:
            silent.append(rows[0]["id"])
        own = {"id": uuid4().hex, "subscriber_id": subscriber_id, "told_at": now}
        fresh.append({**own, **one.traits(), **how})
    if anew:
        await db.execute(_ANEW, anew)
    if silent:
        await db.execute(delete(companions).where(companions.c.id.in_(silent)))
    if fresh:
        await db.execute(insert(companions), fresh)


async def _beside(db: Reads, ids: Collection[str]) -> Mapping[str, Sequence[RowMapping]]:
    """Return who listens on each telephone beside the first, longest silent first."""
    theirs = among(companions.c.subscriber_id, "ids")
    listed = select(companions).where(theirs).order_by(companions.c.told_at, companions.c.id)
    found: dict[str, list[RowMapping]] = {}
    for row in (await db.execute(listed, {"ids": list(ids)})).mappings():
        found.setdefault(row["subscriber_id"], []).append(row)
    return found


async def of(db: Reads, subscriber_id: str) -> Sequence[Profile]:
    """Return whoever listens on a telephone beside the first, in the order they told."""
    theirs = companions.c.subscriber_id == subscriber_id
    listed = select(companions).where(theirs).order_by(companions.c.told_at, companions.c.id)
    return [Profile.of(row) for row in (await db.execute(listed)).mappings()]
