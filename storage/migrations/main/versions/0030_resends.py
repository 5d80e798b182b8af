"""Broadcasts that try again by another channel."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "announcements",
        sa.Column("again_by", sa.String(8), nullable=False, server_default=""),
    )


def downgrade() -> None:
    with op.batch_alter_table("announcements") as changed:
        changed.drop_column("again_by")
