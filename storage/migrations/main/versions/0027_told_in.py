"""In which language, and when, somebody was told a part of a rule.

Neither was kept. Whoever speaks a language in which a broadcast of that edition was written had it
in theirs, and everybody else in the first language of such a broadcast. When: by now, at the
latest.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from storage.base import EPOCH, MICROSECOND, Instant

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_KEY = ("rule_id", "edition", "part", "subscriber_id")

_SPOKEN = """
    SELECT t.rule_id, t.edition, t.part, t.subscriber_id, t.receipt, t.called,
      CASE WHEN EXISTS (
        SELECT 1 FROM announcements a JOIN announcement_texts w ON w.announcement = a.id
        WHERE a.rule_id = t.rule_id AND a.rule_edition = t.edition AND a.tells <> ''
          AND w.language = s.language
      ) THEN s.language
      ELSE COALESCE((
        SELECT MIN(a.language) FROM announcements a
        WHERE a.rule_id = t.rule_id AND a.rule_edition = t.edition AND a.tells <> ''
      ), s.language) END AS language
    FROM rule_told t JOIN subscribers s ON s.id = t.subscriber_id
"""

_HEARD = """
    SELECT rule_id, edition, part, subscriber_id,
      MAX(CASE WHEN receipt THEN 1 ELSE 0 END) = 1 AS receipt,
      MAX(CASE WHEN called THEN 1 ELSE 0 END) = 1 AS called
    FROM rule_told GROUP BY rule_id, edition, part, subscriber_id
"""


def upgrade() -> None:
    by_now = (datetime.now(UTC) - EPOCH) // MICROSECOND
    language = sa.Column("language", sa.String(16), nullable=False)
    told_at: sa.Column[datetime] = sa.Column("told_at", Instant(), nullable=False)
    _made_anew(_SPOKEN, [language], [told_at], {"told_at": by_now})


def downgrade() -> None:
    _made_anew(_HEARD, [], [], {})


def _made_anew(
    found: str,
    key: list[sa.Column[str]],
    last: list[sa.Column[datetime]],
    more: dict[str, int],
) -> None:
    """Make the table with other columns: its key changes, for which SQLite makes another one."""
    op.execute(f"CREATE TABLE rule_told_aside AS {found}")
    op.drop_table("rule_told")
    names = [*_KEY, *(column.name for column in key)]
    op.create_table(
        "rule_told",
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.String(32), nullable=False),
        *key,
        sa.Column("receipt", sa.Boolean(), nullable=False),
        sa.Column("called", sa.Boolean(), nullable=False),
        *last,
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rule_changes.id"], name=op.f("fk_rule_told_rule_id_rule_changes")
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_rule_told_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*names, name=op.f("pk_rule_told")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rule_told_subscriber_id", "rule_told", ["subscriber_id"])
    kept = [*names, "receipt", "called"]
    aside = sa.table("rule_told_aside", *(sa.column(name) for name in kept))
    values = sa.select(*aside.c, *(sa.literal(value, sa.BigInteger) for value in more.values()))
    anew = sa.table("rule_told", *(sa.column(name) for name in (*kept, *more)))
    op.execute(sa.insert(anew).from_select([*kept, *more], values))
    op.drop_table("rule_told_aside")
