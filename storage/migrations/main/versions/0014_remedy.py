"""Remedies as actions, who had a part in a case, and the appeal panel.

Who has a case, and whoever moved one as staff, is taken over as having decided on it. An appeal
that waits gets its clock from when it was asked.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.base import Instant, Sealed

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

#: What staff decided by moving a case to a state.
PARTS = {
    "triaged": "triaged",
    "redirected": "redirected",
    "proposed": "proposed",
    "resolved": "confirmed",
    "closed": "closed",
    "duplicate": "merged",
}

#: Days in which an appeal is decided, by severity.
DAYS = {"S1": 7, "S2": 14, "S3": 30, "S4": 30}
WARN_AFTER = 0.8

OPEN = sa.text("done_at IS NULL AND cancelled_at IS NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("turn", sa.String(length=16), nullable=True))
    _actions()
    op.create_table(
        "hands",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_hands_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "member_id", "part", name=op.f("pk_hands")),
    )
    op.create_index(op.f("ix_hands_member_id"), "hands", ["member_id"])
    op.create_table(
        "panel",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("named_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_panel_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_panel")),
    )
    _take_over()


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("what", Sealed(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=True),
        sa.Column("body_id", sa.String(length=32), nullable=True),
        sa.Column("owner", Sealed(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by", sa.String(length=32), nullable=True),
        sa.Column("evidence", Sealed(), nullable=True),
        sa.Column("attachment_id", sa.String(length=32), nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=32), nullable=True),
        sa.Column("reason", Sealed(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["body_id"], ["bodies.id"], name=op.f("fk_actions_body_id_bodies")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_actions_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["members.id"], name=op.f("fk_actions_owner_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    op.create_index(op.f("ix_actions_case_id"), "actions", ["case_id"])
    op.create_index(op.f("ix_actions_owner_id"), "actions", ["owner_id"])
    op.create_index(
        "ix_actions_open", "actions", ["due"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def _take_over() -> None:
    for state, part in PARTS.items():
        op.get_bind().execute(
            sa.text(
                "INSERT INTO hands (case_id, member_id, part, at)"
                " SELECT case_id, actor, CAST(:part AS VARCHAR(16)), MIN(at) FROM moves"
                " WHERE state = :state AND word_of = 'staff' GROUP BY case_id, actor"
            ),
            {"state": state, "part": part},
        )
    op.execute(
        "INSERT INTO hands (case_id, member_id, part, at)"
        " SELECT id, assignee, 'handled', moved_at FROM cases WHERE assignee IS NOT NULL"
    )
    database = op.get_bind()
    asked = sa.text("SELECT id, severity, moved_at FROM cases WHERE state = 'appealed'")
    rows = [_clock(row) for row in database.execute(asked.columns(moved_at=Instant()))]
    if rows:
        op.bulk_insert(_DEADLINES, rows)


_DEADLINES = sa.table(
    "deadlines",
    sa.column("case_id", sa.String),
    sa.column("step", sa.String),
    sa.column("severity", sa.String),
    sa.column("started_at", Instant),
    sa.column("warn_at", Instant),
    sa.column("due_at", Instant),
    sa.column("escalates_at", Instant),
    sa.column("paused_for", sa.Integer),
)


def _clock(row: sa.Row[Any]) -> dict[str, object]:
    term = timedelta(days=DAYS[row.severity])
    asked: datetime = row.moved_at.astimezone(UTC)
    return {
        "case_id": row.id,
        "step": "appeal",
        "severity": row.severity,
        "started_at": asked,
        "warn_at": asked + term * WARN_AFTER,
        "due_at": asked + term,
        "escalates_at": asked + term,
        "paused_for": 0,
    }


def downgrade() -> None:
    op.execute("DELETE FROM deadlines WHERE step = 'appeal'")
    for name in ("panel", "hands", "actions"):
        op.drop_table(name)
    op.drop_column("cases", "turn")  # SQLite drops it in place; others hold on to this table
