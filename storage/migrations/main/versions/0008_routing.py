"""Routing: seats taken, superiors, focal points, rules, what was decided, and referrals."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IN_LANE = sa.text("lane IS NOT NULL")


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def upgrade() -> None:
    _of_members()
    _of_routing()
    op.create_table(
        "referrals",
        _id("id"),
        _id("case_id"),
        _id("body_id", nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("sent_by", sa.String(length=32), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        _to("referrals", "body_id", "bodies"),
        _to("referrals", "case_id", "cases"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
    )
    op.create_index(op.f("ix_referrals_case_id"), "referrals", ["case_id"])
    op.create_index("ix_referrals_sent_at", "referrals", ["sent_at", "id"])
    op.create_index(
        "ix_cases_lane", "cases", ["lane"], sqlite_where=IN_LANE, postgresql_where=IN_LANE
    )


def _of_members() -> None:
    op.create_table(
        "seating",
        _id("member_id"),
        _id("seat_id"),
        sa.Column("at", Instant(), nullable=False),
        _to("seating", "member_id", "members"),
        _to("seating", "seat_id", "seats"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_seating")),
    )
    op.create_index(op.f("ix_seating_seat_id"), "seating", ["seat_id"])
    op.create_table(
        "superiors",
        _id("member_id"),
        _id("superior_id"),
        sa.Column("at", Instant(), nullable=False),
        _to("superiors", "member_id", "members"),
        _to("superiors", "superior_id", "members"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_superiors")),
    )
    op.create_table(
        "policies",
        _id("name"),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_policies")),
    )
    op.create_table(
        "focal_points",
        sa.Column("lane", sa.String(length=16), nullable=False),
        _id("member_id"),
        sa.Column("named_at", Instant(), nullable=False),
        _to("focal_points", "member_id", "members"),
        sa.PrimaryKeyConstraint("lane", "member_id", name=op.f("pk_focal_points")),
    )


def _of_routing() -> None:
    op.create_table(
        "routing_rules",
        _id("id"),
        sa.Column("category", sa.String(length=8), nullable=True),
        _id("site_id", nullable=True),
        sa.Column("district", sa.String(length=100), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        _id("seat_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        _to("routing_rules", "seat_id", "seats"),
        _to("routing_rules", "site_id", "sites"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rules")),
    )
    op.create_table(
        "routings",
        _id("id"),
        _id("case_id"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        _id("member_id"),
        _id("seat_id", nullable=True),
        sa.Column("followed", sa.Boolean(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        _to("routings", "case_id", "cases"),
        _to("routings", "member_id", "members"),
        _to("routings", "seat_id", "seats"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routings")),
    )
    op.create_index(op.f("ix_routings_case_id"), "routings", ["case_id"])


def downgrade() -> None:
    op.drop_index("ix_cases_lane", table_name="cases")
    for name in (
        "referrals",
        "routings",
        "routing_rules",
        "focal_points",
        "policies",
        "superiors",
        "seating",
    ):
        op.drop_table(name)
