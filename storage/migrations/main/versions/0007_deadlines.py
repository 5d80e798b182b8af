"""Deadlines: the forum's calendar, a total clock, pauses, extensions and escalation.

Clocks that run are taken over as they stand. Those in working days keep the due dates that were
told, whatever is done to the calendar: they end within seven days.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Feedback is due within three months whatever happens (EU 2019/1937, article 9).
MONTHS = 3
WARN_AFTER = 0.8

ADDED = ("edition", "escalates_at", "paused_at", "paused_for", "extended_at", "severity")

ESCALATES = sa.text("met_at IS NULL AND escalates_at IS NOT NULL")
BY_CALENDAR = sa.text("met_at IS NULL AND edition IS NOT NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("level", sa.Integer(), nullable=False, server_default="0"))
    _calendar()
    _escalation()
    with op.batch_alter_table("deadlines") as deadlines:
        deadlines.add_column(
            sa.Column("severity", sa.String(length=2), nullable=False, server_default="S3")
        )
        deadlines.add_column(sa.Column("edition", sa.Integer(), nullable=True))
        deadlines.add_column(sa.Column("escalates_at", Instant(), nullable=True))
        deadlines.add_column(sa.Column("paused_at", Instant(), nullable=True))
        deadlines.add_column(
            sa.Column("paused_for", sa.Integer(), nullable=False, server_default="0")
        )
        deadlines.add_column(sa.Column("extended_at", Instant(), nullable=True))
    op.execute(
        "UPDATE deadlines SET escalates_at = due_at, severity ="
        " (SELECT cases.severity FROM cases WHERE cases.id = deadlines.case_id)"
    )
    _total_clocks()
    for name, column, which in (
        ("ix_deadlines_escalates", "escalates_at", ESCALATES),
        ("ix_deadlines_edition", "edition", BY_CALENDAR),
    ):
        op.create_index(name, "deadlines", [column], sqlite_where=which, postgresql_where=which)


def _calendar() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("weekend", sa.String(length=16), nullable=False),
        sa.Column("hours", sa.String(length=64), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
    )
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "reckonings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("before", Instant(), nullable=False),
        sa.Column("after", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_reckonings_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reckonings")),
    )
    op.create_index(op.f("ix_reckonings_case_id"), "reckonings", ["case_id"])


def _escalation() -> None:
    op.create_table(
        "escalation",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("named_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_escalation_member_id_members")
        ),
        sa.PrimaryKeyConstraint("level", "member_id", name=op.f("pk_escalation")),
    )
    op.create_index(op.f("ix_escalation_member_id"), "escalation", ["member_id"])
    op.create_table(
        "bells",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("legal", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bells_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "step", "kind", "due_at", name=op.f("pk_bells")),
    )
    legal = sa.column("legal", sa.Boolean).is_(True)
    op.create_index(
        "ix_bells_legal", "bells", ["due_at"], sqlite_where=legal, postgresql_where=legal
    )


def _total_clocks() -> None:
    """Give every case its total clock; it is met where feedback has been given."""
    database = op.get_bind()
    found = database.execute(
        sa.text(
            "SELECT cases.id, cases.severity, cases.received_at, deadlines.met_at FROM cases"
            " JOIN deadlines ON deadlines.case_id = cases.id AND deadlines.step = 'feedback'"
        ).columns(received_at=Instant(), met_at=Instant())
    )
    rows = [_total_clock(row) for row in found]
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
    sa.column("met_at", Instant),
    sa.column("paused_for", sa.Integer),
)


def _total_clock(row: sa.Row[Any]) -> dict[str, object]:
    due = _months_after(row.received_at)
    return {
        "case_id": row.id,
        "step": "total",
        "severity": row.severity,
        "started_at": row.received_at,
        "warn_at": row.received_at + (due - row.received_at) * WARN_AFTER,
        "due_at": due,
        "escalates_at": due,
        "met_at": row.met_at,
        "paused_for": 0,
    }


def _months_after(start: datetime) -> datetime:
    number = start.year * 12 + start.month - 1 + MONTHS
    first = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    on = first.replace(day=min(start.day, last.day))
    return on + (start - start.replace(hour=0, minute=0, second=0, microsecond=0))


def downgrade() -> None:
    op.execute("DELETE FROM deadlines WHERE step = 'total'")
    op.drop_index("ix_deadlines_edition", table_name="deadlines")
    op.drop_index("ix_deadlines_escalates", table_name="deadlines")
    with op.batch_alter_table("deadlines") as deadlines:
        for name in ADDED:
            deadlines.drop_column(name)
    for name in ("bells", "escalation", "reckonings", "holidays", "calendar"):
        op.drop_table(name)
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("level")
