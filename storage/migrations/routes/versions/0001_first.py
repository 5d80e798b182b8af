"""The first tables."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant, Sealed

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "routes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("sealed", Sealed(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routes")),
    )
    op.create_index(op.f("ix_routes_contact"), "routes", ["contact"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_routes_contact"), table_name="routes")
    op.drop_table("routes")
