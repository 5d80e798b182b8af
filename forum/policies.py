"""What a forum decides once for all its cases: on or off."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, Column, String, Table, select

from forum import audit
from storage.base import Instant, metadata
from storage.unit_of_work import Reads, Transaction
from storage.upsert import insert

policies = Table(
    "policies",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("kept", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)


class Policy(StrEnum):
    """Something that a forum does unless it decides otherwise."""

    SUPERIORS = "superiors"  # whoever is above somebody a report names is kept out as well


async def kept(db: Reads, policy: Policy) -> bool:
    """Whether the forum keeps to *policy*: it does until it says no."""
    said = (
        await db.execute(select(policies.c.kept).where(policies.c.name == policy))
    ).scalar_one_or_none()
    return said is not False


async def keep(db: Transaction, policy: Policy, *, on: bool, by: str, now: datetime) -> None:
    """Keep to a policy from now on, or no more; *by* is a member's id."""
    values = {"kept": on, "at": now}
    said = insert(db, policies).values(name=policy, **values)
    await db.execute(said.on_conflict_do_update(index_elements=["name"], set_=values))
    act = f"policy.{policy}.{'on' if on else 'off'}"
    await audit.record(db, actor=by, act=act, subject=policy, now=now)
