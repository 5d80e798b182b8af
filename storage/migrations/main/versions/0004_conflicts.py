"""Conflicts of interest: whom a report names, and who must not know of it."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("named", sa.String(length=8), nullable=True))
    op.create_table(
        "exclusions",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("why", sa.String(length=8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_exclusions_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_exclusions_member_id_members")
        ),
        sa.PrimaryKeyConstraint("case_id", "member_id", "why", name=op.f("pk_exclusions")),
    )
    op.create_index(op.f("ix_exclusions_member_id"), "exclusions", ["member_id"])
    op.create_table(
        "parties",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=True),
        sa.Column("body_id", sa.String(length=32), nullable=True),
        sa.Column("party", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["bodies.id"], name=op.f("fk_parties_body_id_bodies")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_parties_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_parties_member_id_members")
        ),
        sa.PrimaryKeyConstraint("case_id", "party", name=op.f("pk_parties")),
    )
    op.create_index("ix_parties_body", "parties", ["body_id"])


def downgrade() -> None:
    op.drop_table("parties")
    op.drop_table("exclusions")
    op.drop_column("cases", "named")
