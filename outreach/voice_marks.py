"""What a voice is filed under: tags, themes, rule changes, and items of an agenda. In clear.

Tags and references are written by staff and can be searched for, so they must not hold what tells
who somebody is: the pages say so, and ``tags`` refuses what looks like a number to call.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Select, String, Table, delete, func, select

from forum import audit
from forum.members import Member, printable
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new

voice_marks = Table(
    "voice_marks",
    metadata,
    Column("voice_id", String(32), ForeignKey("voices.id"), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("value", String(80), primary_key=True),
    Column("by", String(32), ForeignKey("members.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_voice_marks_value", "kind", "value", "voice_id"),
)


class Kind(StrEnum):
    """What a mark is."""

    TAG = "tag"
    THEME = "theme"  # the id of one of ``outreach.themes``
    RULE = "rule"  # the id of a rule change
    AGENDA = "agenda"  # how the forum calls an item of one of its meetings


#: What one voice is filed under, by kind.
Marks = Mapping[Kind, frozenset[str]]

NO_MARKS: Final[Marks] = {kind: frozenset() for kind in Kind}

#: As many of one kind on one voice as a page shows without becoming a list of its own.
MOST: Final = 12

TAG_LENGTH: Final = 40
REFERENCE_LENGTH: Final = 80

#: Tags that a page offers to choose from.
OFFERED: Final = 200

#: The shortest numbers to call have six digits without their prefix.
_CALLABLE: Final = re.compile(r"(?:\d[ ./-]?){6}|@")


class Unfit(StrEnum):
    """Why what was typed cannot be kept."""

    LONG = "long"
    MANY = "many"
    TELLING = "telling"  # it looks like a number or an address


class CannotFile(Exception):
    """What was typed cannot be kept; the argument is an ``Unfit``."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Used:
    """A tag, and how many voices have it."""

    value: str
    voices: int


def tags(typed: str) -> frozenset[str]:
    """Return the tags that were *typed* with commas between. Raises ``CannotFile``."""
    found = _parted(typed.lower(), TAG_LENGTH)
    if any(map(_CALLABLE.search, found)):
        raise CannotFile(Unfit.TELLING)
    return found


def references(typed: str) -> frozenset[str]:
    """Return the items of agendas that were *typed*, as tags are. Raises ``CannotFile``."""
    return _parted(typed, REFERENCE_LENGTH)


def _parted(typed: str, longest: int) -> frozenset[str]:
    parts = (" ".join(printable(part).split()) for part in re.split(r"[,;\n]", typed))
    found = frozenset(filter(None, parts))
    if len(found) > MOST:
        raise CannotFile(Unfit.MANY)
    if any(len(one) > longest for one in found):
        raise CannotFile(Unfit.LONG)
    return found


async def change(
    db: Transaction, voice_id: str, *, before: Marks, after: Marks, by: Member, now: datetime
) -> None:
    """Add what *after* has over *before*, and take away what it lacks.

    *before* is what was seen when it was chosen, so that of two who file one voice at the same
    time neither takes away what the other has just added.
    """
    added = [(kind, value) for kind in Kind for value in after[kind] - before[kind]]
    gone = [(kind, value) for kind in Kind for value in before[kind] - after[kind]]
    c = voice_marks.c
    for kind in Kind:
        values = [value for of, value in gone if of is kind]
        if values:
            its = (c.voice_id == voice_id) & (c.kind == kind)
            await db.execute(delete(voice_marks).where(its, c.value.in_(values)))
    if added:
        rest = {"voice_id": voice_id, "by": by.id, "at": now}
        rows = [{"kind": kind, "value": value, **rest} for kind, value in sorted(added)]
        await db.execute(insert_new(db, voice_marks), rows)
    if added or gone:
        await audit.record(db, actor=by.id, act="voice.filed", subject=voice_id, now=now)


async def of_voices(db: Reads, voice_ids: Collection[str]) -> dict[str, Marks]:
    """Return what each of these voices is filed under."""
    found: dict[str, dict[Kind, set[str]]] = {
        voice_id: {kind: set() for kind in Kind} for voice_id in voice_ids
    }
    c = voice_marks.c
    rows = select(c.voice_id, c.kind, c.value).where(c.voice_id.in_(voice_ids))
    for row in await db.execute(rows):
        found[row.voice_id][Kind(row.kind)].add(row.value)
    return {
        voice_id: {kind: frozenset(values) for kind, values in marks.items()}
        for voice_id, marks in found.items()
    }


async def used(db: Reads, kind: Kind) -> Sequence[Used]:
    """Return what voices are filed under, by its name, with how many each has."""
    c = voice_marks.c
    counted = select(c.value, func.count().label("n")).where(c.kind == kind)
    rows = await db.execute(counted.group_by(c.value).order_by(c.value).limit(OFFERED))
    return [Used(row.value, row.n) for row in rows]


def having(kind: Kind, value: str | None = None) -> Select[tuple[str]]:
    """Select the ids of the voices that are filed under *value*; None: under any of *kind*."""
    found = select(voice_marks.c.voice_id).where(voice_marks.c.kind == kind)
    return found if value is None else found.where(voice_marks.c.value == value)
