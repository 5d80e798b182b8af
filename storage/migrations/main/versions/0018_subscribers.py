"""What subscribers and sites are like, several people on one telephone, audiences, and imports."""

import sqlalchemy as sa
from alembic import op

from storage.base import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SITES = {"method": 16, "deposit": 16, "scale": 16, "zone": 64}
SUBSCRIBERS = {"formality": 16, "phase": 16, "cohort": 16, "consent_how": 200, "import_id": 32}
DAYS = ("heard_at", "consent_at")
PROFILE = ("role", "gender", "formality", "phase")


def upgrade() -> None:
    for name, length in SITES.items():
        op.add_column("sites", sa.Column(name, sa.String(length=length), nullable=True))
    for name, length in SUBSCRIBERS.items():
        op.add_column("subscribers", sa.Column(name, sa.String(length=length), nullable=True))
    for name in DAYS:
        op.add_column("subscribers", sa.Column(name, Instant(), nullable=True))
    op.create_index("ix_subscribers_site_id", "subscribers", ["site_id"])
    op.create_index("ix_subscribers_import_id", "subscribers", ["import_id"])
    op.create_table(
        "companions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subscriber_id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=True),
        *(sa.Column(name, sa.String(length=16), nullable=True) for name in PROFILE),
        sa.Column("told_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_companions_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_companions_subscriber_id_subscribers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companions")),
    )
    op.create_index(op.f("ix_companions_subscriber_id"), "companions", ["subscriber_id"])
    op.create_table(
        "audiences",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["members.id"], name=op.f("fk_audiences_by_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audiences")),
        sa.UniqueConstraint("name", name=op.f("uq_audiences_name")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("encoding", sa.String(length=16), nullable=True),
        sa.Column("separator", sa.String(length=1), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("applied_to", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["members.id"], name=op.f("fk_imports_by_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("ending", sa.String(length=2), nullable=False),
        sa.Column("contact", sa.String(length=32), nullable=True),
        sa.Column("door", sa.String(length=32), nullable=True),
        sa.Column("route_id", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("site_id", sa.String(length=32), nullable=True),
        *(sa.Column(name, sa.String(length=16), nullable=True) for name in PROFILE),
        sa.Column("cohort", sa.String(length=16), nullable=True),
        sa.Column("consent_how", sa.String(length=200), nullable=True),
        sa.Column("consent_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id_imports")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_rows")),
    )
    op.create_index(
        "ix_import_rows_import_id_verdict", "import_rows", ["import_id", "verdict", "number"]
    )
    op.create_index("ix_import_rows_import_id_contact", "import_rows", ["import_id", "contact"])


def downgrade() -> None:
    for name in ("import_rows", "imports", "audiences", "companions"):
        op.drop_table(name)
    for name in ("ix_subscribers_import_id", "ix_subscribers_site_id"):
        op.drop_index(name, "subscribers")
    for name in (*SUBSCRIBERS, *DAYS):
        op.drop_column("subscribers", name)
    for name in SITES:
        op.drop_column("sites", name)
