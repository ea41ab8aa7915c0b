"""The embedded issuer ends all sessions of a person."""

import sqlalchemy as sa
from alembic import op

revision = "0051_signed_out"
down_revision = "0050_restored_receivers"


def upgrade() -> None:
    """Count how often; a session carries the count that it was begun with."""
    op.add_column(
        "issuer_user",
        sa.Column("signed_out_times", sa.Integer, nullable=False, server_default=sa.text("0")),
        schema="control",
    )
