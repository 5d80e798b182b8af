"""Which broadcasts of the send ledger became of an announcement: one each time, and each zone."""

from sqlalchemy import Column, ForeignKey, Index, Select, String, Table, literal, select, union_all

from storage.base import metadata

announcement_broadcasts = Table(
    "announcement_broadcasts",
    metadata,
    Column("broadcast", String(32), primary_key=True),
    Column("announcement", String(32), ForeignKey("announcements.id"), nullable=False),
    Column("run", String(32), nullable=False),
    Column("zone", String(64), nullable=False),
    Index("ix_announcement_broadcasts_run", "run", "zone", unique=True),
    Index("ix_announcement_broadcasts_announcement", "announcement"),
)


def of(told: str) -> Select[tuple[str]]:
    """Select the broadcasts of the announcement *told*, which may be one of them by its own id."""
    its = announcement_broadcasts.c
    itself = select(literal(told).label("broadcast"))
    several = select(its.broadcast).where(its.announcement == told)
    return select(union_all(itself, several).subquery().c.broadcast)
