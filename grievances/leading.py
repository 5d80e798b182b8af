"""Which cases belong together, and which one leads where the same was reported more than once.

What is here knows only the links themselves; who may make them and see them is in ``links``. It
lies below ``case``, which lets no case become a duplicate of nothing.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    bindparam,
    cast,
    select,
)

from storage.base import Instant, metadata
from storage.unit_of_work import Reads

links = Table(
    "links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("other_id", String(32), ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("by", String(32), nullable=False),  # a member's id, or «system»
    Column("at", Instant, nullable=False),
    Column("undone_at", Instant),
    Column("undone_by", String(32)),
)


class Kind(StrEnum):
    """What *case_id* is to *other_id*."""

    DUPLICATE = "duplicate"  # it reports the same, and the other one leads
    RELATED = "related"  # they are worth reading side by side
    RETALIATION = "retaliation"  # it tells what was done to somebody after the other


#: Links that nobody has taken back.
STANDS = links.c.undone_at.is_(None)

_DUPLICATE = STANDS & (links.c.kind == Kind.DUPLICATE)

# Whoever is quickest, a case follows one other at most.
Index(
    "ix_links_follows",
    links.c.case_id,
    unique=True,
    sqlite_where=_DUPLICATE,
    postgresql_where=_DUPLICATE,
)


def led_by(leaders: Select[tuple[str]]) -> Select[tuple[str]]:
    """Select the duplicates, and theirs, of the cases that *leaders* selects."""
    # From the links, not from the leaders: of those there are many, and few lead anything.
    leader = leaders.subquery()
    led = select(links.c.case_id.label("id")).join(leader, leader.c.id == links.c.other_id)
    chain = led.where(_DUPLICATE).cte(recursive=True)
    chain = chain.union(select(links.c.case_id).where(_DUPLICATE, links.c.other_id == chain.c.id))
    return select(chain.c.id)


async def leader_of(db: Reads, case_id: str) -> str:
    """Return the case that stands for this one: the end of its chain, or itself."""
    found = await db.execute(_LEADER, {"its_id": case_id})
    leader: str = found.scalar_one()
    return leader


async def followers_of(db: Reads, case_id: str) -> Sequence[str]:
    """Return the cases for which this one stands: its duplicates, and theirs, by their ids."""
    return (await db.execute(_FOLLOWERS, {"its_id": case_id})).scalars().all()


async def led_straight(db: Reads, case_id: str) -> Sequence[str]:
    """Return the cases that were found to be duplicates of this very one, by their ids."""
    led = select(links.c.case_id).where(_DUPLICATE, links.c.other_id == case_id)
    return (await db.execute(led.order_by(links.c.case_id))).scalars().all()


async def leaders_of(db: Reads, case_id: str) -> Sequence[str]:
    """Return the cases that stand for this one, step by step; none for a case of its own."""
    return (await db.execute(_LEADERS, {"its_id": case_id})).scalars().all()


async def group_of(db: Reads, case_id: str) -> Sequence[str]:
    """Return all cases that tell of what this one tells of: the leader and whom it leads."""
    leader = await leader_of(db, case_id)
    return [leader, *await followers_of(db, leader)]


async def groups_of(db: Reads, case_ids: Collection[str]) -> Sequence[Sequence[str]]:
    """Return the groups (``group_of``) to which the cases belong, each once."""
    found = await db.execute(
        select(links.c.case_id, links.c.other_id).where(
            _DUPLICATE, links.c.case_id.in_(case_ids) | links.c.other_id.in_(case_ids)
        )
    )
    linked = {each for row in found for each in (row.case_id, row.other_id)}
    groups: list[Sequence[str]] = [[each] for each in case_ids if each not in linked]
    waiting = linked.intersection(case_ids)
    while waiting:
        groups.append(await group_of(db, min(waiting)))
        waiting -= {*groups[-1]}
    return groups


async def link_of(db: Reads, case_id: str) -> str | None:
    """Return the id of the link that makes this case a duplicate; None: it is none."""
    found: str | None = (await db.execute(_LED, {"its_id": case_id})).scalar()
    return found


async def is_led(db: Reads, case_id: str) -> bool:
    """Whether another case stands for this one."""
    return await link_of(db, case_id) is not None


def _chain(start: ColumnElement[str], end: ColumnElement[str]) -> Select[tuple[str]]:
    """Select a case and all that come after it from *start* to *end* of one link after another.

    UNION, not UNION ALL: a circle, which nobody can make, would end all the same.
    """
    chain = select(cast(bindparam("its_id"), String(32)).label("id")).cte("chain", recursive=True)
    chain = chain.union(select(end).where(_DUPLICATE, start == chain.c.id))
    return select(chain.c.id)


_UP = _chain(links.c.case_id, links.c.other_id).subquery()
_LEADER = select(_UP.c.id).where(_UP.c.id.not_in(select(links.c.case_id).where(_DUPLICATE)))
_LEADERS = select(_UP.c.id).where(_UP.c.id != bindparam("its_id")).order_by(_UP.c.id)
_DOWN = _chain(links.c.other_id, links.c.case_id).subquery()
_FOLLOWERS = select(_DOWN.c.id).where(_DOWN.c.id != bindparam("its_id")).order_by(_DOWN.c.id)
_LED = select(links.c.id).where(_DUPLICATE, links.c.case_id == bindparam("its_id"))
