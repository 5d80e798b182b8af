"""Whose key opens what: one row for each case or voice and each person who can open it."""

from collections.abc import Collection

from sqlalchemy import Column, String, Table, delete

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
)

#: Stands in for a member: the offline recovery key, which has a share in everything.
RECOVERY = "recovery"


async def withdraw_all(db: Transaction, member_id: str, *, keep: Collection[str] = ()) -> None:
    """Take every share from a member, but those of the subjects in *keep*."""
    theirs = key_shares.c.member_id == member_id
    await db.execute(delete(key_shares).where(theirs, key_shares.c.subject.not_in(keep)))
