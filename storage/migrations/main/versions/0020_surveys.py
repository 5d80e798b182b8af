"""Surveys and quizzes: what is asked, who is asked, what was answered, and how often."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _asked()
    _answered()


def _asked() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("free", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.String(64)),
        sa.Column("round_of", sa.String(32)),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(32)),
        sa.Column("by_site", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.Text()),
        sa.Column("public_key", sa.LargeBinary()),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("opens_at", Instant()),
        sa.Column("expires_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("code", name=op.f("uq_surveys_code")),
    )
    op.create_index("ix_surveys_round_of", "surveys", ["round_of"])
    op.create_table(
        "survey_questions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("survey_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("part", sa.String(64)),
        _of_survey("survey_questions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_questions")),
    )
    op.create_index(op.f("ix_survey_questions_survey_id"), "survey_questions", ["survey_id"])
    op.create_table(
        "survey_options",
        sa.Column("question_id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("goes_to", sa.String(32)),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["survey_questions.id"],
            name=op.f("fk_survey_options_question_id_survey_questions"),
        ),
        sa.PrimaryKeyConstraint("question_id", "code", name=op.f("pk_survey_options")),
    )
    op.create_table(
        "survey_texts",
        sa.Column("owner", sa.String(48), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("survey_id", sa.String(32), nullable=False),
        sa.Column("full", sa.Text(), nullable=False),
        sa.Column("short", sa.Text(), nullable=False),
        _of_survey("survey_texts"),
        sa.PrimaryKeyConstraint("owner", "language", name=op.f("pk_survey_texts")),
    )
    op.create_index(op.f("ix_survey_texts_survey_id"), "survey_texts", ["survey_id"])
    op.create_table(
        "survey_invitations",
        sa.Column("survey_id", sa.String(32), nullable=False),
        sa.Column("subscriber_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        _of_survey("survey_invitations"),
        sa.PrimaryKeyConstraint("survey_id", "subscriber_id", name=op.f("pk_survey_invitations")),
    )


def _answered() -> None:
    op.create_table(
        "survey_respondents",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("survey_id", sa.String(32), nullable=False),
        sa.Column("contact", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("gender", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("done_at", Instant()),
        _of_survey("survey_respondents"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_respondents")),
        sa.UniqueConstraint("contact", name=op.f("uq_survey_respondents_contact")),
    )
    op.create_table(
        "survey_answers",
        sa.Column("respondent_id", sa.String(32), nullable=False),
        sa.Column("question_id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("number", sa.Float()),
        sa.Column("day", sa.String(10)),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["respondent_id"],
            ["survey_respondents.id"],
            name=op.f("fk_survey_answers_respondent_id_survey_respondents"),
        ),
        sa.PrimaryKeyConstraint("respondent_id", "question_id", name=op.f("pk_survey_answers")),
    )
    op.create_table(
        "survey_words",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("survey_id", sa.String(32), nullable=False),
        sa.Column("question_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _of_survey("survey_words"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_words")),
    )
    op.create_index("ix_survey_words_at", "survey_words", ["survey_id", "at", "id"])
    key = ("survey_id", "question_id", "code", "site_id", "role", "gender", "language")
    lengths = {"survey_id": 32, "question_id": 32, "site_id": 32}
    op.create_table(
        "survey_tallies",
        *(sa.Column(name, sa.String(lengths.get(name, 16)), nullable=False) for name in key),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        _of_survey("survey_tallies"),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_survey_tallies")),
        sqlite_with_rowid=False,
    )


def _of_survey(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_survey_id_surveys")
    return sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=name)


def downgrade() -> None:
    for name in ("tallies", "words", "answers", "respondents", "invitations"):
        op.drop_table(f"survey_{name}")
    for name in ("texts", "options", "questions"):
        op.drop_table(f"survey_{name}")
    op.drop_table("surveys")
