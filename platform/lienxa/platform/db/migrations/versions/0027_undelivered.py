"""Since when which receivers of events lack something, for operators."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0027_undelivered"
down_revision = "0026_signed_originals"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "webhook_lag",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("subscription_id", sa.Uuid, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "subscription_id", name="webhook_lag_pkey"),
        schema="control",
    )
    grant_control("webhook_lag", app="select, insert, update, delete")
