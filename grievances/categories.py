"""The forum's taxonomy as the forum keeps it: a row for each category, and its words by language.

A fresh installation begins with ``taxonomy.DEFAULT``. From then on the console changes it; each
change makes a new edition, by which every process sees that it has to read again (as it does with
the calendar, ``almanac``). A category is never deleted: cases keep theirs for good.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    delete,
    select,
    update,
)

from grievances.category import Area, Category, Group, Name, Names, Risk
from grievances.severity import Severity
from grievances.taxonomy import DEFAULT, GROUP_DIGITS, OTHER, Taxonomy
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert, insert_new

taxonomy = Table(
    "taxonomy",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("edition", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

categories = Table(
    "categories",
    metadata,
    Column("key", String(8), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("digit", Integer, nullable=False),  # of its group
    Column("position", Integer, nullable=False),
    Column("floor", String(2), nullable=False),
    Column("lowered_from", String(2)),
    Column("lowered_by", String(32), ForeignKey("members.id")),
    Column("lane", String(16)),
    Column("quarantine", Boolean, nullable=False),
    Column("k", Integer, nullable=False),
    Column("routes", String(200), nullable=False),  # «labour,miners»: kinds of body, best first
    Column("risks", String(200), nullable=False),
    Column("areas", String(100), nullable=False),
    Column("retired_at", Instant),
)

#: What the forum itself calls them. *owner* is a category's key, or a group's digit.
category_names = Table(
    "category_names",
    metadata,
    Column("owner", String(8), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("label", String(60), nullable=False),
    Column("choice", String(60), nullable=False),
    Column("short", String(60), nullable=False),
)

#: There is one.
_THE_ONE: Final = 1


class Register:
    """The taxonomy as one process last read it; *taxonomy* until it has."""

    name = "taxonomy"

    def __init__(self, taxonomy: Taxonomy = DEFAULT) -> None:
        self.taxonomy = taxonomy

    async def read(self, db: Reads) -> Taxonomy:
        """Read what has changed, if anything has: one small query."""
        edition = (await db.execute(select(taxonomy.c.edition))).scalar()
        if edition is not None and edition != self.taxonomy.edition:
            self.taxonomy = await load(db, self.taxonomy)
        return self.taxonomy


async def load(db: Reads, otherwise: Taxonomy = DEFAULT) -> Taxonomy:
    """Return the taxonomy that is kept; *otherwise* where none is."""
    edition = (await db.execute(select(taxonomy.c.edition))).scalar()
    if edition is None:
        return otherwise
    names: dict[str, dict[str, Name]] = defaultdict(dict)
    for row in await db.execute(select(category_names)):
        names[row.owner][row.language] = Name(row.label, row.choice, row.short)
    rows = await db.execute(select(categories).order_by(_LAST, categories.c.number))
    every = tuple(_category(row, names[row.key]) for row in rows)
    begun = {group.digit for group in DEFAULT.groups}
    groups = [
        Group(digit, names[str(digit)])
        for digit in GROUP_DIGITS
        if digit in begun or str(digit) in names
    ]
    return Taxonomy(every, tuple(groups), edition)


_LAST = categories.c.number == DEFAULT.categories[OTHER].number


async def begin(db: Transaction, fresh: Taxonomy, now: datetime) -> None:
    """Keep *fresh* as the first edition, where none is kept yet."""
    row = {"id": _THE_ONE, "edition": 1, "changed_at": now}
    if (await db.execute(insert_new(db, taxonomy), row)).rowcount == 1:
        await write(db, Taxonomy((), ()), fresh, now)


async def hold(db: Transaction, present: Taxonomy, now: datetime) -> Taxonomy:
    """Begin a new edition, which two can only do one after the other, and return the one before.

    *present* is what counts now, for an installation that keeps nothing yet.
    """
    await begin(db, present, now)
    await db.execute(update(taxonomy).values(edition=taxonomy.c.edition + 1, changed_at=now))
    return await load(db)


async def write(db: Transaction, before: Taxonomy, after: Taxonomy, now: datetime) -> None:
    """Write the rows in which *after* differs from *before*; the caller holds it (``hold``)."""
    known = before.categories
    changed = [one for one in after.every if known.get(one.key) != one]
    for one in changed:
        its = known.get(one.key)
        fresh = insert(db, categories).values(_row(one, now))
        rest = {name: fresh.excluded[name] for name in categories.c.keys() if name != "key"}  # noqa: SIM118 - a column collection is no mapping
        if its is not None and its.retired == one.retired:
            del rest["retired_at"]
        await db.execute(fresh.on_conflict_do_update(index_elements=["key"], set_=rest))
    named: dict[str, Names] = {one.key: one.names for one in changed}
    named |= {str(one.digit): one.names for one in after.groups if before.named(one.digit) != one}
    await _write_names(db, named)


async def _write_names(db: Transaction, named: Mapping[str, Names]) -> None:
    if not named:
        return
    await db.execute(delete(category_names).where(category_names.c.owner.in_(named)))
    rows = [
        {"owner": owner, "language": tag, **_plain(name)}
        for owner, names in named.items()
        for tag, name in names.items()
        if name != Name()
    ]
    if rows:
        await db.execute(insert(db, category_names), rows)


def _plain(name: Name) -> dict[str, str]:
    return {"label": name.label, "choice": name.choice, "short": name.short}


def _row(category: Category, now: datetime) -> dict[str, Any]:
    return {
        "key": category.key,
        "number": category.number,
        "digit": category.group,
        "position": category.position,
        "floor": category.floor,
        "lowered_from": category.lowered_from,
        "lowered_by": category.lowered_by,
        "lane": category.lane,
        "quarantine": category.quarantine,
        "k": category.k,
        "routes": ",".join(category.routes),
        "risks": ",".join(sorted(category.risks)),
        "areas": ",".join(sorted(category.areas)),
        "retired_at": now if category.retired else None,
    }


def _category(row: Any, names: Names) -> Category:
    begun = DEFAULT.categories.get(row.key)
    return Category(
        key=row.key,
        number=row.number,
        group=row.digit,
        floor=Severity(row.floor),
        msgid=begun.msgid if begun else "",
        routes=_several(row.routes),
        quarantine=row.quarantine,
        lane=row.lane,
        k=row.k,
        risks=frozenset(map(Risk, _several(row.risks))),
        areas=frozenset(map(Area, _several(row.areas))),
        position=row.position,
        names=names,
        retired=row.retired_at is not None,
        lowered_from=Severity(row.lowered_from) if row.lowered_from else None,
        lowered_by=row.lowered_by,
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
