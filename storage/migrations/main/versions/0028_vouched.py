"""What the guard counts, two people vouch for: events and stated populations wait for a second.

Whatever could open the guard by one person's word waits from now on: events, and statements that
nobody speaks a language. Other statements, which keep it shut, count as they did.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_TOLD = ("site_id", "language", "people", "source", "as_of", "stated_by", "stated_at")
_BEFORE = "SELECT * FROM populations"
_NEWEST = """
    SELECT * FROM populations WHERE id IN (
      SELECT MAX(id) FROM populations WHERE confirmed_at IS NOT NULL GROUP BY site_id, language
    )
"""


def upgrade() -> None:
    for name, kind in (("confirmed_by", sa.String(32)), ("confirmed_at", Instant())):
        op.add_column("outreach_events", sa.Column(name, kind))
    op.add_column("coverage_weeks", sa.Column("offline", sa.Integer()))
    id_ = sa.Column("id", sa.Integer(), nullable=False)
    by = sa.Column("confirmed_by", sa.String(32))
    at: sa.Column[datetime] = sa.Column("confirmed_at", Instant())
    _made_anew(_BEFORE, ["id"], [id_], [by, at])
    op.create_index("ix_populations_site_id", "populations", ["site_id", "language"])
    op.execute("UPDATE populations SET confirmed_at = stated_at WHERE people > 0")


def downgrade() -> None:
    _made_anew(_NEWEST, ["site_id", "language"], [], [])
    with op.batch_alter_table("coverage_weeks") as changed:
        changed.drop_column("offline")
    with op.batch_alter_table("outreach_events") as changed:
        changed.drop_column("confirmed_at")
        changed.drop_column("confirmed_by")


def _made_anew(
    found: str, key: list[str], first: list[sa.Column[Any]], last: list[sa.Column[Any]]
) -> None:
    """Make the table with other columns: its key changes, for which SQLite makes another one."""
    op.execute(f"CREATE TABLE populations_aside AS {found}")
    op.drop_table("populations")
    op.create_table(
        "populations",
        *first,
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("stated_by", sa.String(32), nullable=False),
        sa.Column("stated_at", Instant(), nullable=False),
        *last,
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_populations_site_id_sites")
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_populations")),
    )
    aside = sa.table("populations_aside", *(sa.column(name) for name in _TOLD))
    anew = sa.table("populations", *(sa.column(name) for name in _TOLD))
    op.execute(sa.insert(anew).from_select(_TOLD, sa.select(*aside.c)))
    op.drop_table("populations_aside")
