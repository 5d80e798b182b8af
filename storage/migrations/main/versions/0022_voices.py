"""Voices: what they are filed under, the themes, translations beside them, and quotes."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voice_marks",
        sa.Column("voice_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(80), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _of("voice_marks", "voice_id", "voices"),
        _of("voice_marks", "by", "members"),
        sa.PrimaryKeyConstraint("voice_id", "kind", "value", name=op.f("pk_voice_marks")),
    )
    op.create_index("ix_voice_marks_value", "voice_marks", ["kind", "value", "voice_id"])
    op.create_table(
        "voice_themes",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("folded", sa.String(240), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        _of("voice_themes", "made_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_themes")),
        sa.UniqueConstraint("folded", name=op.f("uq_voice_themes_folded")),
    )
    op.create_table(
        "voice_translations",
        sa.Column("voice_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _of("voice_translations", "voice_id", "voices"),
        _of("voice_translations", "by", "members"),
        sa.PrimaryKeyConstraint(
            "voice_id", "language", "edition", name=op.f("pk_voice_translations")
        ),
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("voice_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("consent", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("text", sa.Text()),
        sa.Column("written_by", sa.String(32), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("moved_by", sa.String(32), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        _of("quotes", "voice_id", "voices"),
        _of("quotes", "written_by", "members"),
        _of("quotes", "moved_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    op.create_index("ix_quotes_state", "quotes", ["state", "moved_at", "id"])
    op.create_index("ix_quotes_voice_id", "quotes", ["voice_id"])


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_table("quotes")
    for name in ("translations", "themes", "marks"):
        op.drop_table(f"voice_{name}")
