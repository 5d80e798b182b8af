"""How a second person on a telephone agreed, where they did not write themselves."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("companions", sa.Column("consent_how", sa.String(200)))
    op.add_column("companions", sa.Column("consent_at", Instant()))


def downgrade() -> None:
    with op.batch_alter_table("companions") as changed:
        changed.drop_column("consent_at")
        changed.drop_column("consent_how")
