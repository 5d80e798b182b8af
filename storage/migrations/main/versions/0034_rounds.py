"""Who let a report-back be told before it was stopped and taken up anew."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discussion_rounds",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("discussion_id", sa.String(32), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("let_by", sa.String(32), nullable=False),
        sa.Column("let_at", Instant(), nullable=False),
        _of("asked_by", "members"),
        _of("let_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussion_rounds")),
    )
    alone = ["asked_by", "let_at"]
    op.create_index("ix_discussion_rounds_asked_by", "discussion_rounds", alone)
    # Of those that were stopped before this: what was taken back had not left.
    op.execute(
        sa.text(
            "UPDATE discussion_tellings SET outbox_id = '' WHERE outbox_id IN"
            " (SELECT id FROM outbox WHERE state = 'cancelled' AND error = 'stopped-by-staff')"
        )
    )


def _of(column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_discussion_rounds_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_table("discussion_rounds")
