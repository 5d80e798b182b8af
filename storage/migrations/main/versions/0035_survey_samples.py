"""Surveys: who was asked stands in the tallies, and what was known of a sample when it was drawn.

What was counted before says of nobody whether they were asked: it stands under «not known».
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_KEY = ("survey_id", "question_id", "code", "site_id", "role", "gender", "language")
_LENGTHS = {"survey_id": 32, "question_id": 32, "site_id": 32, "sampled": 8}
_PROFILE = ("site_id", "role", "gender", "language")


def upgrade() -> None:
    _made_anew([*_KEY, "sampled"])
    for name in _PROFILE:
        kind = sa.String(_LENGTHS.get(name, 16))
        column = sa.Column(name, kind, nullable=False, server_default="")
        op.add_column("survey_invitations", column)


def downgrade() -> None:
    op.execute("DELETE FROM survey_tallies WHERE code = 's_drawn'")
    _made_anew(list(_KEY))
    for name in _PROFILE:
        op.drop_column("survey_invitations", name)


def _made_anew(key: list[str]) -> None:
    """Make the tallies with this *key*: it changes, for which SQLite makes another table."""
    op.execute("CREATE TABLE survey_tallies_aside AS SELECT * FROM survey_tallies")
    op.drop_table("survey_tallies")
    op.create_table(
        "survey_tallies",
        *(sa.Column(name, sa.String(_LENGTHS.get(name, 16)), nullable=False) for name in key),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["surveys.id"], name=op.f("fk_survey_tallies_survey_id_surveys")
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_survey_tallies")),
        sqlite_with_rowid=False,
    )
    aside = sa.table("survey_tallies_aside", *(sa.column(name) for name in (*_KEY, "n", "total")))
    kept = [aside.c[name] for name in _KEY]
    more = [sa.literal("") for _ in key[len(_KEY) :]]
    rows = sa.select(*kept, *more, sa.func.sum(aside.c.n), sa.func.sum(aside.c.total))
    anew = sa.table("survey_tallies", *(sa.column(name) for name in (*key, "n", "total")))
    op.execute(sa.insert(anew).from_select([*key, "n", "total"], rows.group_by(*kept)))
    op.drop_table("survey_tallies_aside")
