"""Rules told by calls: which broadcasts are, who wants none, and what was heard in one."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("announcements", _flag("calls"))
    op.add_column("rule_told", _flag("called"))
    op.add_column("subscribers", sa.Column("uncalled", sa.Boolean()))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def downgrade() -> None:
    for table, column in (
        ("subscribers", "uncalled"),
        ("rule_told", "called"),
        ("announcements", "calls"),
    ):
        op.drop_column(table, column)
