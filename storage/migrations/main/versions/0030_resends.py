"""Broadcasts that try again by another channel, leave over days, or come with recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "announcements",
        sa.Column("again_by", sa.String(8), nullable=False, server_default=""),
    )
    op.add_column(
        "announcements", sa.Column("apart", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "announcements",
        sa.Column("sounds", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("broadcast_texts", sa.Column("sound", sa.String(32)))
    op.add_column(
        "broadcasts", sa.Column("spread", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    for table, column in (
        ("broadcasts", "spread"),
        ("broadcast_texts", "sound"),
        ("announcements", "sounds"),
        ("announcements", "apart"),
        ("announcements", "again_by"),
    ):
        op.drop_column(table, column)
