"""Refusals of strangers, counted by the minute until they are in the trail of the organ that was asked."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0044_strangers_refused"
down_revision = "0043_one_person"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "strangers_refused",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "window_started_at", "kind", "network", name="strangers_refused_pkey"),
        schema="control",
    )
    grant_control("strangers_refused")
