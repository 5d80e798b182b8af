"""Views of the queue that members keep under a name: their own, or for all who triage.

A view is a filter and nothing else. Each member sees through it what they may see, so that a
shared one may show two people two lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
    update,
)

from forum.members import Member, Right, printable
from grievances import filters
from grievances.filters import Filter
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

#: What fits a tab.
NAME_CHARACTERS: Final = 40

#: So many tabs can still be read: of one's own, and of those that all share.
MOST: Final = 12

views = Table(
    "views",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("member_id", String(32), ForeignKey("members.id"), nullable=False),
    Column("name", String(NAME_CHARACTERS), nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("query", Text, nullable=False),  # as ``filters.address`` writes it
    Column("kept_at", Instant, nullable=False),
    UniqueConstraint("member_id", "name"),
)


class Refused(Exception):
    """A view cannot be kept so."""


class NoName(Refused):
    """Its name is empty or too long."""


class Taken(Refused):
    """There is a view of this name already."""


class TooMany(Refused):
    """There are ``MOST`` of this kind."""


class NotYours(Refused):
    """There is no such view that this member may change, or they may not share one."""


@dataclass(frozen=True, slots=True)
class View:
    """A filter under a name. *owner* is who kept it first."""

    id: str
    owner: str
    name: str
    shared: bool
    chosen: Filter


async def of(db: Reads, member: Member) -> Sequence[View]:
    """Return the views that *member* has, the shared ones first, each kind by name."""
    found = await db.execute(
        select(views)
        .where(or_(_own(member), _shared_with(member)))
        .order_by(views.c.shared.desc(), views.c.name, views.c.id)
    )
    return [_view(row) for row in found]


async def keep(
    db: Transaction, member: Member, name: str, chosen: Filter, *, shared: bool, now: datetime
) -> None:
    """Keep *chosen* as a view. Raises one of ``Refused``."""
    if shared and not member.may(Right.SHARE_VIEWS):
        raise NotYours
    name = _named(name)
    alike = views.c.shared.is_(True) if shared else _own(member)
    if (
        await db.execute(select(func.count()).select_from(views).where(alike))
    ).scalar_one() >= MOST:
        raise TooMany
    await _free(db, member.id, name, shared=shared)
    fresh = insert(db, views).values(
        id=uuid4().hex,
        member_id=member.id,
        name=name,
        shared=shared,
        query=filters.address(chosen),
        kept_at=now,
    )
    if (await db.execute(fresh.on_conflict_do_nothing())).rowcount != 1:
        raise Taken


async def rename(db: Transaction, member: Member, view_id: str, name: str) -> View:
    """Call a view otherwise; return it as it was. Raises one of ``Refused``."""
    before = await _theirs(db, member, view_id)
    name = _named(name)
    if name != before.name:
        await _free(db, before.owner, name, shared=before.shared)
        await db.execute(update(views).where(views.c.id == view_id).values(name=name))
    return before


async def forget(db: Transaction, member: Member, view_id: str) -> View:
    """Delete a view; return what it was. Raises ``NotYours``."""
    gone = await _theirs(db, member, view_id)
    await db.execute(delete(views).where(views.c.id == view_id))
    return gone


def may_change(member: Member, view: View) -> bool:
    """Whether *member*, who has this view, may rename and delete it."""
    return not view.shared or member.may(Right.SHARE_VIEWS)


async def _theirs(db: Transaction, member: Member, view_id: str) -> View:
    """Return the view if *member* may change it: their own, or as a lead any that is shared."""
    leads = views.c.shared.is_(True) & (true() if member.may(Right.SHARE_VIEWS) else false())
    asked = select(views).where(views.c.id == view_id, or_(_own(member), leads))
    row = (await db.execute(asked)).one_or_none()
    if row is None:
        raise NotYours
    return _view(row)


async def _free(db: Transaction, owner: str, name: str, *, shared: bool) -> None:
    """Raise ``Taken`` where another view of its owner, or another shared one, has that name."""
    others = views.c.member_id == owner
    if shared:
        others |= views.c.shared.is_(True)
    there = select(exists().where(views.c.name == name, others))
    if (await db.execute(there)).scalar():
        raise Taken


def _own(member: Member) -> ColumnElement[bool]:
    return and_(views.c.member_id == member.id, not_(views.c.shared))


def _shared_with(member: Member) -> ColumnElement[bool]:
    return views.c.shared.is_(True) if member.may(Right.TRIAGE) else false()


def _named(name: str) -> str:
    plain = printable(name)
    if not 0 < len(plain) <= NAME_CHARACTERS:
        raise NoName
    return plain


def _view(row: Any) -> View:
    return View(row.id, row.member_id, row.name, row.shared, filters.of_address(row.query))
