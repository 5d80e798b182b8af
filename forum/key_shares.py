"""Whose key opens what: one row for each case or voice and each person who can open it."""

from collections.abc import Collection

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    String,
    Table,
    and_,
    delete,
    exists,
    select,
    update,
)

from storage.base import Instant, Sealed, metadata
from storage.unit_of_work import Transaction

key_shares = Table(
    "key_shares",
    metadata,
    Column("subject", String(32), primary_key=True),  # a case's or voice's id
    Column("member_id", String(32), primary_key=True, index=True),  # or RECOVERY
    Column("sealed", Sealed, nullable=False),  # the subject's private key
    Column("granted_by", String(32)),
    Column("granted_at", Instant, nullable=False),
    # Of the share of RECOVERY: nobody else has one. Every page asks how many such there are.
    Column("sole", Boolean, nullable=False, default=False),
)
SOLE = key_shares.c.sole.is_(True)
Index("ix_key_shares_sole", key_shares.c.subject, sqlite_where=SOLE, postgresql_where=SOLE)

#: Stands in for a member: the offline recovery key, which has a share in everything.
RECOVERY = "recovery"


async def withdraw_all(db: Transaction, member_id: str, *, keep: Collection[str] = ()) -> None:
    """Take every share from a member, but those of the subjects in *keep*."""
    theirs = key_shares.alias()
    taken = select(theirs.c.subject).where(
        theirs.c.member_id == member_id, theirs.c.subject.not_in(keep)
    )
    await take(db, key_shares.c.subject.in_(taken), [member_id])


async def take(db: Transaction, which: ColumnElement[bool], member_ids: Collection[str]) -> None:
    """Take their shares of some subjects from members, and note where RECOVERY's is the last."""
    last = and_(key_shares.c.member_id == RECOVERY, which, ~_held_apart_from(member_ids))
    await db.execute(update(key_shares).where(last).values(sole=True))
    await db.execute(delete(key_shares).where(which, key_shares.c.member_id.in_(member_ids)))


async def note_given(db: Transaction) -> None:
    """Note that RECOVERY's is no more the only share, wherever somebody else has one by now."""
    given = and_(SOLE, _held_apart_from(()))
    await db.execute(update(key_shares).where(given).values(sole=False))


def _held_apart_from(member_ids: Collection[str]) -> ColumnElement[bool]:
    """Whether somebody has a share in the same subject, besides RECOVERY and these."""
    other = key_shares.alias()
    return exists().where(
        other.c.subject == key_shares.c.subject, other.c.member_id.not_in([RECOVERY, *member_ids])
    )
