"""The secret on a receipt, sealed: it stays what it is when the application's key is replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0055_receipt_secret"
down_revision = "0054_operators"


def upgrade() -> None:
    """Add the column; in cases that are there the secret is derived from the key, as it was."""
    op.add_column("one_stop_case", sa.Column("receipt_secret", sa.LargeBinary, nullable=True), schema="app")
