"""Files that are taken in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.migrations.helpers import protect

revision = "0039_imports"
down_revision = "0038_people"

_KEYS = (("file_id", "stored_file"), ("faulty_file_id", "stored_file"), ("asked_by", "staff"), ("post_id", "post"))


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "import_run",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("faulty_file_id", sa.Uuid, nullable=True),
        sa.Column("asked_by", sa.Uuid, nullable=False),
        sa.Column("post_id", sa.Uuid, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line_count", sa.Integer, nullable=False),
        sa.Column("good_count", sa.Integer, nullable=False),
        sa.Column("faults", JSONB, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint("state in ('checking', 'checked', 'writing', 'done', 'failed')", name="state"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="import_run_pkey"),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"app.{table}.tenant_id", f"app.{table}.id"],
                name=f"import_run_tenant_id_{column}_fkey",
            )
            for column, table in _KEYS
        ),
        schema="app",
    )
    op.create_index("import_run_asked_at_idx", "import_run", ["tenant_id", "asked_at"], schema="app")
    protect("import_run")
