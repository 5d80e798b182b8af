"""The themes under which a forum gathers voices: a list that it keeps, in its own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, func, select, update

from forum import audit
from forum.members import Member, printable
from locales import folded
from outreach.voice_marks import Kind, voice_marks
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert_new

LONGEST: Final = 60

#: What a name sounds like may be longer than it: one sign can stand for several letters.
_LONGEST_SOUND: Final = 240

voice_themes = Table(
    "voice_themes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(60), nullable=False),
    Column(
        "folded", String(_LONGEST_SOUND), nullable=False, unique=True
    ),  # two that sound alike are one
    Column("retired", Boolean, nullable=False),
    Column("made_by", String(32), ForeignKey("members.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme, and how many voices have it. A retired one is no longer offered."""

    id: str
    name: str
    retired: bool
    voices: int


class Unnamed(Exception):
    """No name, or one that is too long."""


class Taken(Exception):
    """There is a theme of this name already, perhaps a retired one."""


async def add(db: Transaction, name: str, *, by: Member, now: datetime) -> str:
    """Add a theme; return its id. Raises ``Unnamed`` and ``Taken``."""
    made = uuid4().hex
    row = {"id": made, "retired": False, "made_by": by.id, "made_at": now, **_named(name)}
    if (await db.execute(insert_new(db, voice_themes), row)).rowcount != 1:
        raise Taken
    await audit.record(db, actor=by.id, act="theme.added", subject=made, now=now)
    return made


async def rename(db: Transaction, theme: str, name: str, *, by: Member, now: datetime) -> None:
    """Call it otherwise, for every voice that has it. Raises ``Unnamed`` and ``Taken``."""
    values, c = _named(name), voice_themes.c
    same = select(c.id).where(c.folded == values["folded"], c.id != theme)
    if (await db.execute(same)).first() is not None:
        raise Taken
    await db.execute(update(voice_themes).where(c.id == theme).values(values))
    await audit.record(db, actor=by.id, act="theme.renamed", subject=theme, now=now)


async def retire(db: Transaction, theme: str, *, by: Member, now: datetime) -> None:
    """Offer it no longer; voices that have it keep it."""
    await _turn(db, theme, retired=True)
    await audit.record(db, actor=by.id, act="theme.retired", subject=theme, now=now)


async def bring_back(db: Transaction, theme: str, *, by: Member, now: datetime) -> None:
    """Offer it again."""
    await _turn(db, theme, retired=False)
    await audit.record(db, actor=by.id, act="theme.offered", subject=theme, now=now)


async def _turn(db: Transaction, theme: str, *, retired: bool) -> None:
    this = voice_themes.c.id == theme
    await db.execute(update(voice_themes).where(this).values(retired=retired))


async def every(db: Reads) -> Sequence[Theme]:
    """Return all themes by their names, retired ones too."""
    c = voice_themes.c
    ours = (voice_marks.c.kind == Kind.THEME) & (voice_marks.c.value == c.id)
    counted = (
        select(c.id, c.name, c.retired, func.count(voice_marks.c.voice_id).label("voices"))
        .select_from(voice_themes.outerjoin(voice_marks, ours))
        .group_by(c.id, c.name, c.retired, c.folded)
        .order_by(c.folded)
    )
    return [Theme(row.id, row.name, row.retired, row.voices) for row in await db.execute(counted)]


def _named(name: str) -> dict[str, Any]:
    clean = " ".join(printable(name).split())
    sound = folded(clean)
    if len(clean) > LONGEST or not 0 < len(sound) <= _LONGEST_SOUND:
        raise Unnamed
    return {"name": clean, "folded": sound}
