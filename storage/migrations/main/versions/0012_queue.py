"""The queue: the nearest deadline beside its case, and indexes of what each list shows.

What runs is taken over as it stands. So is which cases and voices only the recovery key opens.
"""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

#: The first of January 9999: after all that has a due date.
NEVER = 253370764800000000

OPEN = "state NOT IN ('closed', 'duplicate', 'withdrawn')"
MAY_ASK = f"({OPEN} OR heard_at > moved_at)"
UNANSWERED = "(told_at IS NULL OR heard_at > told_at)"

INDEXES = {
    "ix_cases_next": (["next_due", "id"], MAY_ASK),
    "ix_cases_assigned": (["assignee", "next_due", "id"], MAY_ASK),
    "ix_cases_gravest": (["severity", "next_due", "id"], MAY_ASK),
    "ix_cases_unanswered": (["next_due", "id"], f"{MAY_ASK} AND {UNANSWERED}"),
    "ix_cases_ended": (["next_due", "id"], f"({OPEN}) IS {{false}}"),
    "ix_cases_level": (["level"], "level > 0"),
}

NEAREST = """
    SELECT {what} FROM deadlines
    WHERE case_id = cases.id AND met_at IS NULL AND paused_at IS NULL
    ORDER BY due_at, step LIMIT 1
"""

SOLE = """
    UPDATE key_shares SET sole = true WHERE member_id = 'recovery' AND NOT EXISTS (
        SELECT 1 FROM key_shares AS other
        WHERE other.subject = key_shares.subject AND other.member_id <> 'recovery'
    )
"""


def upgrade() -> None:
    op.add_column("cases", sa.Column("next_step", sa.String(length=16), nullable=True))
    op.add_column(
        "cases", sa.Column("next_due", Instant(), nullable=False, server_default=str(NEVER))
    )
    step, due = NEAREST.format(what="step"), NEAREST.format(what="due_at")
    op.execute(
        f"UPDATE cases SET next_step = ({step}), next_due = coalesce(({due}), {NEVER})"  # noqa: S608 - ours
    )
    op.drop_index("ix_cases_received_at", table_name="cases")
    op.create_index("ix_cases_received_at", "cases", ["received_at", "id"])
    for name, (columns, which) in INDEXES.items():
        op.create_index(
            name,
            "cases",
            columns,
            sqlite_where=sa.text(which.format(false="0")),
            postgresql_where=sa.text(which.format(false="false")),
        )
    _sole_shares()


def _sole_shares() -> None:
    op.add_column(
        "key_shares", sa.Column("sole", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(SOLE)
    alone = sa.column("sole", sa.Boolean).is_(True)
    op.create_index(
        "ix_key_shares_sole", "key_shares", ["subject"], sqlite_where=alone, postgresql_where=alone
    )


def downgrade() -> None:
    op.drop_index("ix_key_shares_sole", table_name="key_shares")
    op.drop_column("key_shares", "sole")
    for name in INDEXES:
        op.drop_index(name, table_name="cases")
    op.drop_index("ix_cases_received_at", table_name="cases")
    op.create_index("ix_cases_received_at", "cases", ["received_at"])
    # Not by a batch, which would put another table in the place of one that others point to.
    op.drop_column("cases", "next_due")
    op.drop_column("cases", "next_step")
