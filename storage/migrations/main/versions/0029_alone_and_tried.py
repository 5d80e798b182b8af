"""What began by one person's word alone, which words were tried, and why some were not."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

OF_ONE = "ix_announcement_trials_announcement"


def upgrade() -> None:
    op.create_table(
        "alone_begun",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement", sa.String(32), nullable=False),
        sa.Column("member", sa.String(32), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _of("announcement", "announcements"),
        _of("member", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alone_begun")),
    )
    op.create_index("ix_alone_begun_member", "alone_begun", ["member", "at"])
    op.add_column("announcement_approvals", sa.Column("untried", sa.String(200)))
    op.add_column("announcement_trials", sa.Column("language", sa.String(16)))
    op.add_column("announcement_trials", sa.Column("words", sa.String(64)))
    op.create_index(OF_ONE, "announcement_trials", ["announcement"])


def _of(column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_alone_begun_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_index(OF_ONE, "announcement_trials")
    with op.batch_alter_table("announcement_trials") as changed:
        changed.drop_column("words")
        changed.drop_column("language")
    with op.batch_alter_table("announcement_approvals") as changed:
        changed.drop_column("untried")
    op.drop_table("alone_begun")
