"""Rule changes, each edition of them, and their words in each language."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_changes")),
        sa.UniqueConstraint("number", name=op.f("uq_rule_changes_number")),
    )
    op.create_table(
        "rule_editions",
        sa.Column("rule_id", sa.String(length=32), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("practice", sa.String(length=16), nullable=False),
        sa.Column("legal", sa.String(length=200), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("base", sa.String(length=16), nullable=False),
        sa.Column("applies", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("outreach_from", sa.Date(), nullable=True),
        sa.Column("in_force_on", sa.Date(), nullable=True),
        sa.Column("grace_until", sa.Date(), nullable=True),
        sa.Column("enforcement_from", sa.Date(), nullable=True),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("saved_by", sa.String(length=32), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("published_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rule_changes.id"], name=op.f("fk_rule_editions_rule_id_rule_changes")
        ),
        sa.PrimaryKeyConstraint("rule_id", "edition", name=op.f("pk_rule_editions")),
    )
    op.create_table(
        "rule_texts",
        sa.Column("rule_id", sa.String(length=32), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("variant", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id", "edition"],
            ["rule_editions.rule_id", "rule_editions.edition"],
            name=op.f("fk_rule_texts_rule_id_rule_editions"),
        ),
        sa.PrimaryKeyConstraint(
            "rule_id", "edition", "part", "language", "variant", name=op.f("pk_rule_texts")
        ),
    )


def downgrade() -> None:
    for name in ("rule_texts", "rule_editions", "rule_changes"):
        op.drop_table(name)
