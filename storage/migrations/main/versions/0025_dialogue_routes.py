"""Dialogues by their route: erasing somebody asks whether anybody still talks over theirs."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_dialogues_route_id"), "dialogues", ["route_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_dialogues_route_id"), table_name="dialogues")
