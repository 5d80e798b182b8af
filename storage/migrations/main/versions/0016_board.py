"""An index for the board: of each state the cases with the least time left."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_board", "cases", ["state", "next_due", "id", "lane"])


def downgrade() -> None:
    op.drop_index("ix_cases_board", table_name="cases")
