"""Surveys: the answer of an earlier round that one repeats, and the site of a baseline."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    origin = sa.Column("origin", sa.String(32), nullable=False, server_default="")
    op.add_column("survey_options", origin)
    op.add_column("surveys", sa.Column("site_id", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("surveys", "site_id")
    with op.batch_alter_table("survey_options") as changed:
        changed.drop_column("origin")
