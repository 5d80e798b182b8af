"""Who was told which part of a rule, events, stages of a rule, overrides, the public register."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("announcements", sa.Column("rule_edition", sa.Integer(), nullable=True))
    tells = sa.Column("tells", sa.String(8), nullable=False, server_default="")
    op.add_column("announcements", tells)
    _told()
    _offline()
    _begun()


def _told() -> None:
    op.create_table(
        "rule_told",
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.String(32), nullable=False),
        sa.Column("receipt", sa.Boolean(), nullable=False),
        _of("rule_told", "rule_id", "rule_changes"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_rule_told_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "rule_id", "edition", "part", "subscriber_id", name=op.f("pk_rule_told")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rule_told_subscriber_id", "rule_told", ["subscriber_id"])
    op.create_table(
        "rule_told_upto",
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("broadcast", name=op.f("pk_rule_told_upto")),
    )
    op.create_table(
        "coverage_weeks",
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("district", sa.String(100), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        _of("coverage_weeks", "rule_id", "rule_changes"),
        sa.PrimaryKeyConstraint(
            "rule_id", "edition", "week", "district", name=op.f("pk_coverage_weeks")
        ),
    )


def _offline() -> None:
    op.create_table(
        "populations",
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("stated_by", sa.String(32), nullable=False),
        sa.Column("stated_at", Instant(), nullable=False),
        _of("populations", "site_id", "sites"),
        sa.PrimaryKeyConstraint("site_id", "language", name=op.f("pk_populations")),
    )
    op.create_table(
        "outreach_events",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("rule_id", sa.String(32)),
        sa.Column("edition", sa.Integer()),
        sa.Column("tells", sa.String(8), nullable=False),
        sa.Column("site_id", sa.String(32)),
        sa.Column("district", sa.String(100)),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("women", sa.Integer(), nullable=False),
        sa.Column("men", sa.Integer(), nullable=False),
        sa.Column("unsaid", sa.Integer(), nullable=False),
        sa.Column("reach", sa.Integer(), nullable=False),
        sa.Column("materials", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("replaces", sa.String(32)),
        sa.Column("struck_by", sa.String(32)),
        sa.Column("struck_at", Instant()),
        sa.Column("struck_why", sa.Text()),
        _of("outreach_events", "rule_id", "rule_changes"),
        _of("outreach_events", "site_id", "sites"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_events")),
    )
    op.create_index("ix_outreach_events_rule_id", "outreach_events", ["rule_id", "edition"])
    op.create_index("ix_outreach_events_day", "outreach_events", ["day", "made_at"])


def _begun() -> None:
    op.create_table(
        "rule_stages",
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("begun_by", sa.String(32), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("threshold", sa.Integer()),
        sa.Column("override_id", sa.Integer()),
        _of("rule_stages", "rule_id", "rule_changes"),
        sa.PrimaryKeyConstraint("rule_id", "edition", "stage", name=op.f("pk_rule_stages")),
    )
    op.create_table(
        "enforcement_overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("asked_role", sa.String(16), nullable=False),
        sa.Column("asked_body", sa.String(200), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(32)),
        sa.Column("decided_role", sa.String(16)),
        sa.Column("decided_body", sa.String(200)),
        sa.Column("decided_at", Instant()),
        _of("enforcement_overrides", "rule_id", "rule_changes"),
        _of("enforcement_overrides", "asked_by", "members"),
        _of("enforcement_overrides", "decided_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enforcement_overrides")),
    )
    of_rule = ["rule_id", "edition"]
    op.create_index("ix_enforcement_overrides_rule_id", "enforcement_overrides", of_rule)
    op.create_table(
        "coverage_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("wished", sa.Integer()),
        sa.Column("wished_by", sa.String(32)),
        sa.Column("wished_at", Instant()),
        sa.Column("moved_at", Instant(), nullable=False),
        _of("coverage_terms", "wished_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_terms")),
    )


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    for name in ("coverage_terms", "enforcement_overrides", "rule_stages", "outreach_events"):
        op.drop_table(name)
    for name in ("populations", "coverage_weeks", "rule_told_upto", "rule_told"):
        op.drop_table(name)
    for name in ("tells", "rule_edition"):
        op.drop_column("announcements", name)
