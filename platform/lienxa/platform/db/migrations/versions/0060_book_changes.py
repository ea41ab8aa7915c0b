"""What was changed in a book after it was closed: the lines of its supplementary sheet."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0060_book_changes"
down_revision = "0059_passage_details"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "book_change",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("closing_id", sa.Uuid, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Uuid, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name="reason"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="book_change_pkey"),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"app.{table}.tenant_id", f"app.{table}.id"],
                name=f"book_change_tenant_id_{column}_fkey",
            )
            for column, table in (("closing_id", "book_closing"), ("document_id", "document"), ("changed_by", "staff"))
        ),
        schema="app",
    )
    op.create_index(
        "book_change_closing_id_changed_at_id_idx",
        "book_change",
        ["tenant_id", "closing_id", "changed_at", "id"],
        schema="app",
    )
    protect("book_change", "select, insert")
