"""Notices: what somebody should know who was not there."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0017_notices"
down_revision = "0018_api"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "notice",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="notice_pkey"),
        schema="app",
    )
    index("account_id", "created_at", "id")
    index("account_id", where="read_at is null")
    index("created_at")
    protect("notice")


def index(*columns: str, where: str = "") -> None:
    """An index that begins with the organ."""
    op.create_index(
        f"notice_{'_'.join(columns)}_idx",
        "notice",
        ["tenant_id", *columns],
        schema="app",
        postgresql_where=sa.text(where) if where else None,
    )
