"""The answer of an earlier round that one repeats, so that rounds are compared by it."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    origin = sa.Column("origin", sa.String(32), nullable=False, server_default="")
    op.add_column("survey_options", origin)


def downgrade() -> None:
    with op.batch_alter_table("survey_options") as changed:
        changed.drop_column("origin")
