"""Checks: what a reporter was asked days after a resolution or a report, and what they said.

What was asked before is taken over with its answer, as far as the case's moves tell it. A case
that is being watched is asked twice more; where that day is over, at once and once.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = ("days", "asked_at", "answered_at", "answer", "expired_at")

#: What ``case.MONITORED_AFTER`` (in days), ``checks.PATIENCE`` and ``followups.LASTS`` were then.
SECOND, LAST = 30, 90
PATIENCE = timedelta(days=14)
LASTS = timedelta(days=3650)
MICROSECOND = timedelta(microseconds=1)

#: The last word of a reporter after a check-in, as the moves of the case tell it.
ANSWERED = """
    UPDATE followups SET answer = '{answer}', answered_at = (
        SELECT MIN(moves.at) FROM moves
        WHERE moves.case_id = followups.case_id AND moves.at >= followups.asked_at
          AND moves.present = 'resolved' AND moves.state = '{state}' AND moves.word_of = '{by}'
    )
    WHERE kind = 'check_in' AND asked_at IS NOT NULL AND answer IS NULL AND EXISTS (
        SELECT 1 FROM moves
        WHERE moves.case_id = followups.case_id AND moves.at >= followups.asked_at
          AND moves.present = 'resolved' AND moves.state = '{state}' AND moves.word_of = '{by}'
    )
"""


def upgrade() -> None:
    _columns()
    _what_was_asked()
    _watch_on(datetime.now(UTC))


def _columns() -> None:
    with op.batch_alter_table("followups") as followups:
        followups.add_column(sa.Column("days", sa.Integer(), nullable=True))
        followups.add_column(sa.Column("asked_at", Instant(), nullable=True))
        followups.add_column(sa.Column("answered_at", Instant(), nullable=True))
        followups.add_column(sa.Column("answer", sa.String(length=8), nullable=True))
        followups.add_column(sa.Column("expired_at", Instant(), nullable=True))


def _what_was_asked() -> None:
    op.execute("UPDATE followups SET days = 14 WHERE kind = 'check_in'")
    op.execute("UPDATE followups SET asked_at = done_at WHERE kind = 'check_in'")
    op.execute(ANSWERED.format(answer="yes", state="monitoring", by="system"))
    op.execute(ANSWERED.format(answer="no", state="reopened", by="reporter"))
    op.execute(
        sa.text(
            "UPDATE followups SET done_at = NULL, claimed_by = NULL, claimed_at = NULL,"
            " attempts = 0, due_at = asked_at + :patience"
            " WHERE kind = 'check_in' AND asked_at IS NOT NULL AND answer IS NULL"
            " AND case_id IN (SELECT id FROM cases WHERE state = 'resolved')"
        ).bindparams(sa.bindparam("patience", PATIENCE // MICROSECOND, sa.BigInteger))
    )
    op.execute(
        sa.text(
            "UPDATE followups SET expires_at = due_at + :lasts"
            " WHERE kind = 'check_in' AND done_at IS NULL"
        ).bindparams(sa.bindparam("lasts", LASTS // MICROSECOND, sa.BigInteger))
    )


def _watch_on(now: datetime) -> None:
    """Plan what is still to be asked of the cases that are resolved or watched."""
    database = op.get_bind()
    found = database.execute(
        sa.text(
            "SELECT id, resolved_at FROM cases"
            " WHERE state IN ('resolved', 'monitoring') AND resolved_at IS NOT NULL"
        ).columns(resolved_at=Instant())
    )
    rows = [row for each in found for row in _checks(each, now)]
    if rows:
        op.bulk_insert(_FOLLOWUPS, rows)


def _checks(case: sa.Row[Any], now: datetime) -> list[dict[str, object]]:
    second = case.resolved_at + timedelta(days=SECOND)
    last = max(case.resolved_at + timedelta(days=LAST), now)
    due = {SECOND: second, LAST: last} if second > now else {LAST: last}
    return [
        {
            "id": uuid4().hex,
            "case_id": case.id,
            "kind": "check_in",
            "due_at": at,
            "expires_at": at + LASTS,
            "attempts": 0,
            "days": days,
        }
        for days, at in due.items()
    ]


_FOLLOWUPS = sa.table(
    "followups",
    sa.column("id", sa.String),
    sa.column("case_id", sa.String),
    sa.column("kind", sa.String),
    sa.column("due_at", Instant),
    sa.column("expires_at", Instant),
    sa.column("attempts", sa.Integer),
    sa.column("days", sa.Integer),
)


def downgrade() -> None:
    op.execute("DELETE FROM followups WHERE kind = 'retaliation' OR days > 14")
    op.execute("UPDATE followups SET done_at = asked_at WHERE asked_at IS NOT NULL")
    with op.batch_alter_table("followups") as followups:
        for name in COLUMNS:
            followups.drop_column(name)
