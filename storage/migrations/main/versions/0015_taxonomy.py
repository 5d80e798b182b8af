"""The taxonomy as a forum's own rows, and what is asked for below a category's floor.

The rows themselves are written at the next start, with what was built in until now.
"""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "taxonomy",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taxonomy")),
    )
    op.create_table(
        "categories",
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digit", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("floor", sa.String(length=2), nullable=False),
        sa.Column("lowered_from", sa.String(length=2), nullable=True),
        sa.Column("lowered_by", sa.String(length=32), nullable=True),
        sa.Column("lane", sa.String(length=16), nullable=True),
        sa.Column("quarantine", sa.Boolean(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("routes", sa.String(length=200), nullable=False),
        sa.Column("risks", sa.String(length=200), nullable=False),
        sa.Column("areas", sa.String(length=100), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lowered_by"], ["members.id"], name=op.f("fk_categories_lowered_by_members")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_categories")),
        sa.UniqueConstraint("number", name=op.f("uq_categories_number")),
    )
    op.create_table(
        "category_names",
        sa.Column("owner", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("choice", sa.String(length=60), nullable=False),
        sa.Column("short", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("owner", "language", name=op.f("pk_category_names")),
    )
    op.create_table(
        "floors",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=8), nullable=False),
        sa.Column("severity", sa.String(length=2), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["members.id"], name=op.f("fk_floors_asked_by_members")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_floors_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["members.id"], name=op.f("fk_floors_decided_by_members")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_floors_entry_id_entries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floors")),
    )
    op.create_index(op.f("ix_floors_case_id"), "floors", ["case_id"])


def downgrade() -> None:
    for name in ("floors", "category_names", "categories", "taxonomy"):
        op.drop_table(name)
