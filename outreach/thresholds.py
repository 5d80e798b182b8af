"""How much of a site has to be told before a rule may be enforced there: one number for a forum.

To ask for more takes one who manages members; to ask for less takes two, and neither of them
broadcasts: whoever wants to begin cannot lower what has to be reached.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, String, Table, select, update

from forum import audit, members
from forum.members import Member, NotAllowed, Right
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

#: One row, with id 1; none: as ``USUAL`` says.
coverage_terms = Table(
    "coverage_terms",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("threshold", Integer, nullable=False),
    Column("wished", Integer),  # what somebody would lower it to
    Column("wished_by", String(32), ForeignKey("members.id")),
    Column("wished_at", Instant),
    Column("moved_at", Instant, nullable=False),
)

#: Percent of the people of a site and language, for each of the five parts, unless a forum says
#: otherwise. No source gives a number: it is more than half, with those on the way counted out.
USUAL: Final = 60
LEAST: Final = 1
MOST: Final = 100

_ONLY: Final = 1
_NOTHING: Final = {"wished": None, "wished_by": None, "wished_at": None}


@dataclass(frozen=True, slots=True)
class Threshold:
    """What holds now, in percent, and what somebody wishes to lower it to.

    *moved_at*: when either was touched last; None: never.
    """

    threshold: int = USUAL
    wished: int | None = None
    wished_by: str | None = None
    wished_at: datetime | None = None
    moved_at: datetime | None = None


async def read(db: Reads) -> Threshold:
    """Return what holds now."""
    row = (await db.execute(select(*_SHOWN))).first()
    return Threshold() if row is None else Threshold(*row)


async def ask_for(db: Transaction, percent: int, *, by: Member, now: datetime) -> bool:
    """Ask for *percent* from now on; False: it is less, and a second one has to agree first.

    Raises ``NotAllowed`` for who does not manage members, and for who broadcasts, and
    ``ValueError`` for a number that is none.
    """
    await _check(db, by)
    if not LEAST <= percent <= MOST:
        raise ValueError(percent)
    held = await read(db)
    if percent >= held.threshold:
        await _keep(db, now, threshold=percent, **_NOTHING)
        await _record(db, "coverage.set", by, now)
        return True
    await _keep(db, now, wished=percent, wished_by=by.id, wished_at=now)
    await _record(db, "coverage.wished", by, now)
    return False


async def agree(db: Transaction, percent: int, *, by: Member, now: datetime) -> None:
    """Agree that it is lowered to *percent*, as another member wished.

    Raises ``NotAllowed`` for who wished it, and for who joined after it was wished; and where
    that is not wished (any more).
    """
    await _check(db, by)
    held = await read(db)
    if held.wished != percent or held.wished_at is None or held.wished_by == by.id:
        raise NotAllowed
    present = await members.get(db, by.id)
    if present is None or present.joined_at > held.wished_at:
        raise NotAllowed
    of = coverage_terms.c
    same = (of.id == _ONLY) & (of.wished == percent) & (of.wished_by == held.wished_by)
    values = {"threshold": percent, **_NOTHING, "moved_at": now}
    lowered = await db.execute(update(coverage_terms).where(same).values(values))
    if lowered.rowcount != 1:
        raise NotAllowed
    await _record(db, "coverage.set", by, now)


_SHOWN = tuple(coverage_terms.c[name] for name in Threshold.__dataclass_fields__)


async def _check(db: Transaction, by: Member) -> None:
    """Raise ``NotAllowed`` unless *by* still manages members, and does not broadcast."""
    present = await members.get(db, by.id)
    if present is None or not present.may(Right.MANAGE_MEMBERS) or present.may(Right.BROADCAST):
        raise NotAllowed


async def _keep(db: Transaction, now: datetime, **values: object) -> None:
    first = {"id": _ONLY, "threshold": USUAL}
    new = insert(db, coverage_terms).values({**first, **values, "moved_at": now})
    over = {**values, "moved_at": now}
    await db.execute(new.on_conflict_do_update(index_elements=["id"], set_=over))


async def _record(db: Transaction, act: str, by: Member, now: datetime) -> None:
    await audit.record(db, actor=by.id, act=act, subject="coverage", now=now)
