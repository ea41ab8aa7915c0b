"""Cases that came over from another organ: whose receipt the citizen holds, and what was done to them before."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0048_case_succession"
down_revision = "0047_addition_batches"


def upgrade() -> None:
    """Add the columns and the table."""
    for column in (
        sa.Column("receipt_code", sa.Text, nullable=True),
        sa.Column("receipt_organ_id", sa.Uuid, nullable=True),
        sa.Column("receipt_case_id", sa.Uuid, nullable=True),
    ):
        op.add_column("one_stop_case", column, schema="app")
    op.create_check_constraint(
        op.f("one_stop_case_receipt_check"),
        "one_stop_case",
        "num_nulls(receipt_code, receipt_organ_id, receipt_case_id) in (0, 3)",
        schema="app",
    )
    op.create_index("one_stop_case_receipt_code_idx", "one_stop_case", ["tenant_id", "receipt_code"], schema="app")
    op.create_table(
        "case_earlier_step",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="case_earlier_step_pkey"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["app.one_stop_case.tenant_id", "app.one_stop_case.id"],
            name="case_earlier_step_tenant_id_case_id_fkey",
        ),
        sa.UniqueConstraint(
            "tenant_id", "case_id", "position", name="case_earlier_step_tenant_id_case_id_position_key"
        ),
        schema="app",
    )
    protect("case_earlier_step")
