"""Recordings of the parts of rule changes."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sounds",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("mime", sa.String(32), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("known_as", sa.String(255)),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sounds")),
    )
    op.create_table(
        "rule_recordings",
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("sound_id", sa.String(32), nullable=False),
        sa.Column("words", sa.String(64), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.Column("kept_by", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id", "edition"],
            ["rule_editions.rule_id", "rule_editions.edition"],
            name=op.f("fk_rule_recordings_rule_id_rule_editions"),
        ),
        sa.ForeignKeyConstraint(
            ["sound_id"], ["sounds.id"], name=op.f("fk_rule_recordings_sound_id_sounds")
        ),
        sa.PrimaryKeyConstraint(
            "rule_id", "edition", "part", "language", name=op.f("pk_rule_recordings")
        ),
    )
    op.create_index(op.f("ix_rule_recordings_sound_id"), "rule_recordings", ["sound_id"])


def downgrade() -> None:
    op.drop_table("rule_recordings")
    op.drop_table("sounds")
