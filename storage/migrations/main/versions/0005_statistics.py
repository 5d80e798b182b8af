"""Statistics: which quarters were published, and as what each case was counted in them."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("quarter", sa.String(8), nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", "part", name=op.f("pk_releases")),
    )
    op.create_table(
        "counted",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("quarter", sa.String(8), nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("district", sa.String(100), nullable=False),
        sa.Column("category", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_counted_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_counted")),
    )
    op.create_index("ix_counted_release", "counted", ["quarter", "part"])
    op.create_index("ix_cases_received_at", "cases", ["received_at"])


def downgrade() -> None:
    op.drop_index("ix_cases_received_at", table_name="cases")
    op.drop_index("ix_counted_release", table_name="counted")
    op.drop_table("counted")
    op.drop_table("releases")
