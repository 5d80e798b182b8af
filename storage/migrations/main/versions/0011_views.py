"""Views: filters of the queue under a name, and a switch for keys that act alone."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "members",
        sa.Column("shortcuts", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "views",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_views_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sa.UniqueConstraint("member_id", "name", name=op.f("uq_views_member_id_name")),
    )


def downgrade() -> None:
    op.drop_table("views")
    with op.batch_alter_table("members") as members:
        members.drop_column("shortcuts")
