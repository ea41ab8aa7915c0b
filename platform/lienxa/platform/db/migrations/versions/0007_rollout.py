"""The rollout as a parent follows it."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0007_rollout"
down_revision = "0006_procedures"


def upgrade() -> None:
    """Create the plan and the progress of each organ."""
    op.create_table(
        "rollout_plan",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("scheme", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="rollout_plan_pkey"),
        sa.UniqueConstraint("tenant_id", "scheme", name="rollout_plan_tenant_id_scheme_key"),
        schema="app",
    )
    op.create_table(
        "rollout_unit",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("organ_id", sa.Uuid, nullable=False),
        sa.Column("wave", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("civil_servants_moved", sa.Integer, nullable=True),
        sa.Column("concurrent_inspection_deputy", sa.Boolean, nullable=True),
        sa.Column("changed_on", sa.Date, nullable=True),
        sa.Column("invented", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="rollout_unit_pkey"),
        sa.UniqueConstraint("tenant_id", "organ_id", name="rollout_unit_tenant_id_organ_id_key"),
        sa.CheckConstraint("state in ('planned', 'staff_moved', 'merged')", name=op.f("rollout_unit_state_check")),
        sa.CheckConstraint("civil_servants_moved >= 0", name=op.f("rollout_unit_moved_check")),
        schema="app",
    )
    protect("rollout_plan")
    protect("rollout_unit")
