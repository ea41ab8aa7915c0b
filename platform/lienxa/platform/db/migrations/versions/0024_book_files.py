"""Whole books as files."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0024_book_files"
down_revision = "0025_console"

_KEYS = (("body_id", "body"), ("asked_by", "staff"), ("post_id", "post"), ("stored_file_id", "stored_file"))


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "book_file",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=True),
        sa.Column("asked_by", sa.Uuid, nullable=False),
        sa.Column("post_id", sa.Uuid, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("lines_done", sa.Integer, nullable=False),
        sa.Column("line_count", sa.Integer, nullable=True),
        sa.Column("stored_file_id", sa.Uuid, nullable=True),
        sa.CheckConstraint("kind in ('di', 'den', 'theo-doi')", name="kind"),
        sa.CheckConstraint("state in ('making', 'made', 'failed')", name="state"),
        sa.CheckConstraint("(state = 'made') = (stored_file_id is not null)", name="made"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="book_file_pkey"),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"app.{table}.tenant_id", f"app.{table}.id"],
                name=f"book_file_tenant_id_{column}_fkey",
            )
            for column, table in _KEYS
        ),
        schema="app",
    )
    for columns in (("asked_by", "asked_at"), ("asked_at",)):
        op.create_index(f"book_file_{'_'.join(columns)}_idx", "book_file", ["tenant_id", *columns], schema="app")
    op.create_index(
        "book_file_making_key",
        "book_file",
        ["tenant_id", "asked_by", "post_id", "kind", "period", "body_id"],
        unique=True,
        schema="app",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'making'"),
    )
    protect("book_file")
