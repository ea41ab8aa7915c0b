"""The operator's console: jobs by name, and what an operator said of an act."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0025_console"
down_revision = "0021_closed_periods"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table, and give the operators' trail a column for how much and why."""
    op.create_table(
        "job_kind",
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False, server_default=""),
        sa.Column("every_seconds", sa.Integer, nullable=True),
        sa.Column("done_at", _INSTANT, nullable=True),
        sa.Column("milliseconds", sa.Integer, nullable=True),
        sa.Column("failed_at", _INSTANT, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("job", name="job_kind_pkey"),
        schema="control",
    )
    grant_control("job_kind", app="select, insert, update")
    op.add_column("operator_event", sa.Column("detail", sa.Text, nullable=False, server_default=""), schema="control")
