"""Links between cases: duplicates, related cases, and retaliation; who said a copied entry."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: A case follows one other at most.
FOLLOWS = sa.text("undone_at IS NULL AND kind = 'duplicate'")


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("other_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_links_case_id_cases")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_links_other_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.add_column("entries", sa.Column("from_case", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_links_case_id"), "links", ["case_id"])
    op.create_index(op.f("ix_links_other_id"), "links", ["other_id"])
    op.create_index(
        "ix_links_follows",
        "links",
        ["case_id"],
        unique=True,
        sqlite_where=FOLLOWS,
        postgresql_where=FOLLOWS,
    )


def downgrade() -> None:
    op.drop_table("links")
    with op.batch_alter_table("entries") as entries:
        entries.drop_column("from_case")
