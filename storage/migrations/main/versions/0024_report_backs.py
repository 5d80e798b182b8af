"""Report-backs of stories, and lessons: what is told, to whom, and how far they are."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_back_wishes",
        sa.Column("voice_id", sa.String(32), nullable=False),
        sa.Column("route_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("day", Instant(), nullable=False),
        _of("report_back_wishes", "voice_id", "voices"),
        sa.PrimaryKeyConstraint("voice_id", name=op.f("pk_report_back_wishes")),
        sa.UniqueConstraint("route_id", name=op.f("uq_report_back_wishes_route_id")),
    )
    op.create_index(op.f("ix_report_back_wishes_day"), "report_back_wishes", ["day"])
    op.create_table(
        "discussions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("body_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("told_to", sa.String(32), nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("released_at", Instant()),
        _of("discussions", "made_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussions")),
    )
    talk = ["kind", "value", "day", "body_id"]
    op.create_index("ix_discussions_talk", "discussions", talk, unique=True)
    op.create_index("ix_discussions_day", "discussions", ["day", "id"])
    op.create_table(
        "discussion_texts",
        sa.Column("discussion_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("full", sa.Text(), nullable=False),
        sa.Column("short", sa.Text(), nullable=False),
        _of("discussion_texts", "discussion_id", "discussions"),
        sa.PrimaryKeyConstraint("discussion_id", "language", name=op.f("pk_discussion_texts")),
    )
    op.create_table(
        "discussion_tellings",
        sa.Column("discussion_id", sa.String(32), nullable=False),
        sa.Column("teller", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("outbox_id", sa.String(32), nullable=False),
        _of("discussion_tellings", "discussion_id", "discussions"),
        sa.PrimaryKeyConstraint("discussion_id", "teller", name=op.f("pk_discussion_tellings")),
    )

    _lessons()


def _lessons() -> None:
    op.create_table(
        "lesson_series",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("drafting", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_series")),
    )
    keys = ("series_id", "edition", "position")
    op.create_table(
        "lessons",
        *_place(),
        sa.Column("right", sa.String(1), nullable=False),
        _of("lessons", "series_id", "lesson_series"),
        sa.PrimaryKeyConstraint(*keys, name=op.f("pk_lessons")),
    )
    op.create_table(
        "lesson_texts",
        *_place(),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("full", sa.Text(), nullable=False),
        sa.Column("short", sa.Text(), nullable=False),
        sa.Column("machine", sa.Boolean(), nullable=False),
        _of("lesson_texts", "series_id", "lesson_series"),
        sa.PrimaryKeyConstraint(*keys, "part", "language", name=op.f("pk_lesson_texts")),
    )
    op.create_table(
        "learners",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("series_id", sa.String(32), nullable=False),
        sa.Column("contact", sa.String(32), nullable=False),
        sa.Column("route_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        _of("learners", "series_id", "lesson_series"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learners")),
    )
    op.create_index("ix_learners_series", "learners", ["series_id", "contact"], unique=True)
    op.create_index("ix_learners_contact", "learners", ["contact"])
    op.create_index("ix_learners_due", "learners", ["state", "due_at"])
    op.create_index("ix_learners_route_id", "learners", ["route_id"])
    op.create_table(
        "lessons_sent",
        sa.Column("learner_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(8)),
        _of("lessons_sent", "learner_id", "learners"),
        _of("lessons_sent", "series_id", "lesson_series"),
        sa.PrimaryKeyConstraint("learner_id", "position", name=op.f("pk_lessons_sent")),
    )
    sent = ["series_id", "edition", "position"]
    op.create_index("ix_lessons_sent_series", "lessons_sent", sent)


def _place() -> list[sa.Column[Any]]:
    return [
        sa.Column("series_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
    ]


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    for name in ("lessons_sent", "learners", "lesson_texts", "lessons", "lesson_series"):
        op.drop_table(name)
    for name in ("tellings", "texts"):
        op.drop_table(f"discussion_{name}")
    op.drop_table("discussions")
    op.drop_table("report_back_wishes")
