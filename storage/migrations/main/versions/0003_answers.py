"""Answers: the index that keeps them single holds no row of a broadcast."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CONSTRAINT = "uq_outbox_inbound_token_n"
COLUMNS = ["inbound_token", "n"]


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_constraint(op.f(CONSTRAINT), type_="unique")
    condition = sa.text("inbound_token IS NOT NULL")
    op.create_index(
        "ix_outbox_answer",
        "outbox",
        COLUMNS,
        unique=True,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_answer", table_name="outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.create_unique_constraint(op.f(CONSTRAINT), COLUMNS)
