"""How far an organ is that is being prepared."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0012_operator"
down_revision = "0013_visibility"


def upgrade() -> None:
    """Create the table; the operator's login writes it, the web reads it."""
    op.create_table(
        "preparation",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made", sa.Integer, nullable=False),
        sa.Column("expected", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="preparation_pkey"),
        sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name="preparation_tenant_id_fkey"),
        sa.CheckConstraint("state in ('waiting', 'making', 'failed', 'done')", name=op.f("preparation_state_check")),
        schema="control",
    )
    grant_control("preparation", app="select", operator="select, insert, update")
