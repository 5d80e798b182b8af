"""Notices: answers kept ready, what each member wishes to be mailed, and what was mailed."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UNTOLD = sa.text("digest_id IS NULL")
WAITING = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "ready_answers",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_answers")),
    )
    op.create_table(
        "ready_editions",
        sa.Column("answer_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("category", sa.String(8)),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["ready_answers.id"],
            name=op.f("fk_ready_editions_answer_id_ready_answers"),
        ),
        sa.PrimaryKeyConstraint("answer_id", "edition", name=op.f("pk_ready_editions")),
    )
    op.create_table(
        "digest_wishes",
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("called_at", Instant()),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_digest_wishes_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_digest_wishes")),
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("slot", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("due_at", Instant()),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_digests_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("member_id", "slot", name=op.f("uq_digests_member_id_slot")),
    )
    op.create_index(
        "ix_digests_due", "digests", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_table(
        "digest_calls",
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("digest_id", sa.String(32)),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_digest_calls_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_digest_calls_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", "case_id", "kind", name=op.f("pk_digest_calls")),
    )
    op.create_index(
        "ix_digest_calls_untold",
        "digest_calls",
        ["member_id"],
        sqlite_where=UNTOLD,
        postgresql_where=UNTOLD,
    )


def downgrade() -> None:
    op.drop_index("ix_digest_calls_untold", table_name="digest_calls")
    op.drop_table("digest_calls")
    op.drop_index("ix_digests_due", table_name="digests")
    op.drop_table("digests")
    op.drop_table("digest_wishes")
    op.drop_table("ready_editions")
    op.drop_table("ready_answers")
