"""Runs of a job that began, and which worker began the last: one that never ends must not begin for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0053_job_deliveries"
down_revision = "0052_operator_seals"


def upgrade() -> None:
    """Add the columns."""
    op.add_column(
        "job_queue", sa.Column("deliveries", sa.Integer, server_default=sa.text("0"), nullable=False), schema="control"
    )
    op.add_column("job_queue", sa.Column("begun_by", sa.Uuid, nullable=True), schema="control")
