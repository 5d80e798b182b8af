"""Broadcasts as they are written: words, approvals, times, terms, and how far each has come."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("fallback", sa.String(length=8), nullable=False),
        sa.Column("starts_at", Instant(), nullable=True),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("lasts", sa.Integer(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("before", sa.String(length=40), nullable=False),
        sa.Column("follows", sa.String(length=32), nullable=True),
        sa.Column("again_of", sa.String(length=32), nullable=True),
        sa.Column("rule_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("began_at", Instant(), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("moved_by", sa.String(length=32), nullable=True),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["members.id"], name=op.f("fk_announcements_made_by_members")
        ),
        sa.ForeignKeyConstraint(
            ["moved_by"], ["members.id"], name=op.f("fk_announcements_moved_by_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index("ix_announcements_made_at", "announcements", ["made_at"], unique=False)
    op.create_index("ix_announcements_state", "announcements", ["state"], unique=False)
    op.create_table(
        "announcement_texts",
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("short", sa.Text(), nullable=False),
        sa.Column("full", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_texts_announcement_announcements"),
        ),
        sa.PrimaryKeyConstraint(
            "announcement", "part", "language", name=op.f("pk_announcement_texts")
        ),
    )
    op.create_table(
        "announcement_authors",
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_authors_announcement_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["member"], ["members.id"], name=op.f("fk_announcement_authors_member_members")
        ),
        sa.PrimaryKeyConstraint("announcement", "member", name=op.f("pk_announcement_authors")),
    )
    op.create_table(
        "announcement_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_approvals_announcement_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["members.id"], name=op.f("fk_announcement_approvals_asked_by_members")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["members.id"],
            name=op.f("fk_announcement_approvals_decided_by_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_approvals")),
    )
    op.create_index(
        "ix_announcement_approvals_announcement",
        "announcement_approvals",
        ["announcement"],
        unique=False,
    )
    op.create_index(
        "ix_announcement_approvals_asked_by",
        "announcement_approvals",
        ["asked_by", "asked_at"],
        unique=False,
    )
    op.create_table(
        "announcement_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_runs_announcement_announcements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_runs")),
    )
    op.create_index(
        "ix_announcement_runs_due", "announcement_runs", ["state", "due_at"], unique=False
    )
    op.create_index(
        "ix_announcement_runs_number", "announcement_runs", ["announcement", "number"], unique=True
    )
    op.create_table(
        "announcement_broadcasts",
        sa.Column("broadcast", sa.String(length=32), nullable=False),
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("run", sa.String(length=32), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_broadcasts_announcement_announcements"),
        ),
        sa.PrimaryKeyConstraint("broadcast", name=op.f("pk_announcement_broadcasts")),
    )
    op.create_index(
        "ix_announcement_broadcasts_announcement",
        "announcement_broadcasts",
        ["announcement"],
        unique=False,
    )
    op.create_index(
        "ix_announcement_broadcasts_run", "announcement_broadcasts", ["run", "zone"], unique=True
    )
    op.create_table(
        "announcement_counts",
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_counts_announcement_announcements"),
        ),
        sa.PrimaryKeyConstraint(
            "announcement",
            "channel",
            "language",
            "part",
            "state",
            "error",
            name=op.f("pk_announcement_counts"),
        ),
    )
    op.create_table(
        "announcement_places",
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("fate", sa.String(length=8), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_places_announcement_announcements"),
        ),
        sa.PrimaryKeyConstraint(
            "announcement", "site", "fate", name=op.f("pk_announcement_places")
        ),
    )
    op.create_table(
        "announcement_counted",
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.Column("took", sa.Integer(), nullable=False),
        sa.Column("newest", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_counted_announcement_announcements"),
        ),
        sa.PrimaryKeyConstraint("announcement", name=op.f("pk_announcement_counted")),
    )
    op.create_table(
        "announcement_trials",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("route_id", sa.String(length=32), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_announcement_trials_announcement_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["by"], ["members.id"], name=op.f("fk_announcement_trials_by_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_trials")),
    )
    op.create_index("ix_announcement_trials_by", "announcement_trials", ["by", "at"], unique=False)
    op.create_table(
        "broadcast_terms",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alone_up_to", sa.Integer(), nullable=False),
        sa.Column("wished", sa.Integer(), nullable=True),
        sa.Column("wished_by", sa.String(length=32), nullable=True),
        sa.Column("wished_at", Instant(), nullable=True),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wished_by"], ["members.id"], name=op.f("fk_broadcast_terms_wished_by_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_terms")),
    )
    op.create_table(
        "prices",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_prices")),
    )


def downgrade() -> None:
    for name in (
        "prices",
        "broadcast_terms",
        "announcement_trials",
        "announcement_counted",
        "announcement_places",
        "announcement_counts",
        "announcement_broadcasts",
        "announcement_runs",
        "announcement_approvals",
        "announcement_authors",
        "announcement_texts",
        "announcements",
    ):
        op.drop_table(name)
