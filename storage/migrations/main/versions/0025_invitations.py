"""Broadcasts that invite the sample of a survey, and dialogues by their route.

How often somebody in a sample was written to was never counted before: it stands at none. And
erasing somebody asks whether anybody still talks over their route.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_dialogues_route_id"), "dialogues", ["route_id"])
    op.add_column("announcements", sa.Column("survey_id", sa.String(32), nullable=True))
    op.execute("ALTER TABLE survey_invitations RENAME COLUMN reminded TO written")


def downgrade() -> None:
    op.execute("ALTER TABLE survey_invitations RENAME COLUMN written TO reminded")
    op.drop_column("announcements", "survey_id")
    op.drop_index(op.f("ix_dialogues_route_id"), table_name="dialogues")
