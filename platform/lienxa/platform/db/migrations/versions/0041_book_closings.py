"""Books of ended periods that were closed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.migrations.helpers import protect

revision = "0041_book_closings"
down_revision = "0040_worker_process"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "book_closing",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=True),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("signer", sa.Text, nullable=False),
        sa.Column("volumes", sa.Integer, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
        sa.Column("closed_by", sa.Uuid, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction in ('incoming', 'outgoing')", name="direction"),
        sa.CheckConstraint("volumes > 0", name="volumes"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="book_closing_pkey"),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"app.{table}.tenant_id", f"app.{table}.id"],
                name=f"book_closing_tenant_id_{column}_fkey",
            )
            for column, table in (("body_id", "body"), ("closed_by", "staff"))
        ),
        schema="app",
    )
    op.create_index(
        "book_closing_book_key",
        "book_closing",
        ["tenant_id", "direction", "period", "body_id"],
        unique=True,
        schema="app",
        postgresql_nulls_not_distinct=True,
    )
    protect("book_closing")
