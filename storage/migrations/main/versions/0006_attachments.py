"""Attachments: each as it came, the hash of what is kept, and why it is not clean."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant, Sealed

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DUE = sa.text("due_at IS NOT NULL")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.drop_index("ix_attachments_waiting", table_name="attachments")
    with op.batch_alter_table("attachments") as attachments:
        attachments.add_column(sa.Column("raw", Sealed()))
        attachments.add_column(sa.Column("digest", sa.LargeBinary()))
        attachments.add_column(sa.Column("doubt", sa.String(16)))
        attachments.alter_column("due_at", existing_type=Instant(), nullable=True)
    # What came before files were cleaned holds what its sender's phone wrote into it.
    op.execute("UPDATE attachments SET doubt = 'untried' WHERE state = 'kept'")
    op.execute("UPDATE attachments SET due_at = NULL WHERE state IN ('kept', 'lost')")
    op.create_index(
        "ix_attachments_due",
        "attachments",
        ["due_at"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )


def downgrade() -> None:
    # What is on its way is still at the provider, and is fetched anew; what was read back stays.
    op.execute("UPDATE attachments SET state = 'waiting' WHERE state IN ('received', 'sealed')")
    op.execute("UPDATE attachments SET state = 'kept' WHERE state = 'verified'")
    op.execute("UPDATE attachments SET state = 'lost' WHERE state = 'too-large'")
    op.execute("UPDATE attachments SET due_at = made_at WHERE due_at IS NULL")
    op.drop_index("ix_attachments_due", table_name="attachments")
    with op.batch_alter_table("attachments") as attachments:
        attachments.alter_column("due_at", existing_type=Instant(), nullable=False)
        attachments.drop_column("doubt")
        attachments.drop_column("digest")
        attachments.drop_column("raw")
    op.create_index(
        "ix_attachments_waiting",
        "attachments",
        ["due_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
