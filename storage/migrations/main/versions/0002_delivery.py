"""The delivery engine: leases, lines, broadcasts, and a ledger that finds what is due."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLD_INDEXES = {
    "ix_outbox_due": ["channel", "state", "priority", "not_before"],
    "ix_outbox_line": ["route_id", "state"],
    "ix_outbox_provider_id": ["provider_id"],
    "ix_outbox_stopped": ["stopped"],
}

#: Name -> columns, and which rows.
INDEXES = {
    "ix_outbox_due": (
        ["channel", "priority", "not_before", "seq"],
        "state = 'planned' AND broadcast IS NULL",
    ),
    "ix_outbox_broadcast_due": (
        ["channel", "broadcast", "not_before", "seq"],
        "state = 'planned' AND broadcast IS NOT NULL",
    ),
    "ix_outbox_expires": (["expires_at"], "state = 'planned' AND broadcast IS NULL"),
    "ix_outbox_broadcast": (["broadcast", "route_id", "part"], "broadcast IS NOT NULL"),
    "ix_outbox_line": (["route_id"], "state IN ('planned', 'submitting')"),
    "ix_outbox_lease": (["lease_until"], "lease_until IS NOT NULL"),
    "ix_outbox_standing": (["channel", "submitted_at"], "state = 'accepted' AND rank < 3"),
    "ix_outbox_unknown": (["channel", "moved_at"], "state = 'unknown'"),
    "ix_outbox_judged": (
        ["broadcast", "moved_at"],
        "state IN ('accepted', 'delivered', 'failed', 'undelivered') AND broadcast IS NOT NULL",
    ),
    "ix_outbox_dead": (
        ["moved_at", "seq", "state", "error"],
        "state IN ('expired', 'failed', 'undelivered')",
    ),
    "ix_outbox_reason": (
        ["error", "state", "moved_at", "seq"],
        "state IN ('expired', 'failed', 'undelivered')",
    ),
    "ix_outbox_kept": (
        ["moved_at"],
        "state IN ('expired', 'failed', 'undelivered') AND body IS NOT NULL",
    ),
    "ix_outbox_unreported": (["expires_at"], "state = 'accepted' AND body IS NOT NULL"),
    "ix_outbox_moved_at": (
        ["moved_at"],
        "state IN ('accepted', 'cancelled', 'delivered', 'expired', 'failed', 'undelivered')",
    ),
    "ix_outbox_provider_id": (["provider_id"], "provider_id IS NOT NULL"),
    "ix_outbox_entry": (["entry_id"], "entry_id IS NOT NULL"),
    "ix_outbox_stopped": (["seq"], sa.column("stopped", sa.Boolean).is_(True)),
}


def upgrade() -> None:
    op.create_table(
        "archive",
        sa.Column("broadcast", sa.String(length=32), nullable=False),
        sa.Column("day", Instant(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("broadcast", "day", "channel", "kind", "part", "language", "state", "error"),
            name=op.f("pk_archive"),
        ),
    )
    op.create_table(
        "broadcast_texts",
        sa.Column("broadcast", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("style", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "broadcast", "part", "language", "style", name=op.f("pk_broadcast_texts")
        ),
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("planned_to", sa.String(length=32), nullable=True),
        sa.Column("planned_at", Instant(), nullable=True),
        sa.Column("judged_from", Instant(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index("ix_broadcasts_state", "broadcasts", ["state"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "lines",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.Column("paused_by", sa.String(length=32), nullable=True),
        sa.Column("rests_until", Instant(), nullable=True),
        sa.Column("troubles", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=64), nullable=True),
        sa.Column("last_error_at", Instant(), nullable=True),
        sa.Column("last_sent_at", Instant(), nullable=True),
        sa.Column("last_receipt_at", Instant(), nullable=True),
        sa.Column("per_second", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_lines")),
    )
    op.create_table(
        "unreachable",
        sa.Column("route_id", sa.String(length=32), nullable=False),
        sa.Column("fault", sa.String(length=16), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("route_id", "fault", name=op.f("pk_unreachable")),
    )
    op.create_table(
        "tallies",
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "channel", "state", name=op.f("pk_tallies")),
    )
    op.create_table(
        "windows",
        sa.Column("route_id", sa.String(length=32), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("route_id", name=op.f("pk_windows")),
    )
    op.create_index(op.f("ix_windows_heard_at"), "windows", ["heard_at"])
    op.add_column(
        "stops",
        sa.Column("by", sa.String(length=8), nullable=False, server_default="word"),
    )
    op.add_column("outbox", sa.Column("broadcast", sa.String(length=32), nullable=True))
    op.add_column("outbox", sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("language", sa.String(length=16), nullable=True))
    op.drop_index("ix_subscribers_state", table_name="subscribers")
    op.create_index(
        "ix_subscribers_planning", "subscribers", ["state", "route_id", "channel", "language"]
    )
    for name in OLD_INDEXES:
        op.drop_index(name, table_name="outbox")
    for name, (columns, where) in INDEXES.items():
        unique = name == "ix_outbox_broadcast"
        condition = sa.text(where) if isinstance(where, str) else where
        op.create_index(
            name,
            "outbox",
            columns,
            unique=unique,
            sqlite_where=condition,
            postgresql_where=condition,
        )


def downgrade() -> None:
    op.drop_column("stops", "by")
    op.drop_index("ix_subscribers_planning", table_name="subscribers")
    op.create_index("ix_subscribers_state", "subscribers", ["state"])
    for name in INDEXES:
        op.drop_index(name, table_name="outbox")
    for name, columns in OLD_INDEXES.items():
        op.create_index(name, "outbox", columns)
    for column in ("language", "part", "broadcast"):
        op.drop_column("outbox", column)
    for table in (
        "windows",
        "unreachable",
        "tallies",
        "lines",
        "leases",
        "broadcasts",
        "broadcast_texts",
        "archive",
    ):
        op.drop_table(table)
