"""Who let a report-back leave, what leaves by day only, and what is recorded for calls."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discussion_hands",
        sa.Column("discussion_id", sa.String(32), nullable=False),
        sa.Column("member", sa.String(32), nullable=False),
        _of("discussion_hands", "discussion_id", "discussions"),
        _of("discussion_hands", "member", "members"),
        sa.PrimaryKeyConstraint("discussion_id", "member", name=op.f("pk_discussion_hands")),
    )
    op.create_table(
        "discussion_releases",
        sa.Column("discussion_id", sa.String(32), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("let_by", sa.String(32)),
        sa.Column("let_at", Instant()),
        _of("discussion_releases", "discussion_id", "discussions"),
        _of("discussion_releases", "asked_by", "members"),
        _of("discussion_releases", "let_by", "members"),
        sa.PrimaryKeyConstraint("discussion_id", name=op.f("pk_discussion_releases")),
    )
    op.add_column("outbox", sa.Column("by_day", sa.String(64)))
    asked = ["asked_by", "let_at"]
    op.create_index("ix_discussion_releases_asked_by", "discussion_releases", asked)
    op.create_table(
        "call_phrases",
        sa.Column("phrase", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("sound_id", sa.String(32), nullable=False),
        sa.Column("words", sa.String(64), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.Column("kept_by", sa.String(32), nullable=False),
        _of("call_phrases", "sound_id", "sounds"),
        sa.PrimaryKeyConstraint("phrase", "language", name=op.f("pk_call_phrases")),
    )
    op.create_index(op.f("ix_call_phrases_sound_id"), "call_phrases", ["sound_id"])


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_table("call_phrases")
    op.drop_column("outbox", "by_day")
    op.drop_table("discussion_releases")
    # What waited for a second person is a draft again; what was being taken back had been told.
    op.execute("UPDATE discussions SET state = 'draft' WHERE state = 'asked'")
    op.execute("UPDATE discussions SET state = 'told' WHERE state IN ('stopping', 'stopped')")
    op.drop_table("discussion_hands")
