"""Files that wait for being entered into the incoming book."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.migrations.helpers import protect

revision = "0057_brought_papers"
down_revision = "0056_left_behind"

_KEYS = (("stored_file_id", "stored_file"), ("brought_by", "staff"))


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "brought_paper",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("stored_file_id", sa.Uuid, nullable=False),
        sa.Column("brought_by", sa.Uuid, nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("typed", JSONB, nullable=False),
        sa.Column("found", JSONB, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint("state in ('reading', 'read')", name="state"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="brought_paper_pkey"),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"app.{table}.tenant_id", f"app.{table}.id"],
                name=f"brought_paper_tenant_id_{column}_fkey",
            )
            for column, table in _KEYS
        ),
        schema="app",
    )
    for columns in (("brought_by", "brought_at"), ("brought_at",)):
        op.create_index(
            f"brought_paper_{'_'.join(columns)}_idx", "brought_paper", ["tenant_id", *columns], schema="app"
        )
    protect("brought_paper")
