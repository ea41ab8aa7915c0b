"""Operators give an organ's administrator a new one-time password."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0016_password_renewal"
down_revision = "0010_3_result_files"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Keep what is asked for, and the sealed password until it was seen."""
    op.create_table(
        "password_renewal",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("full_name", sa.Text, nullable=True),
        sa.Column("username", sa.Text, nullable=True),
        sa.Column("sealed_password", sa.LargeBinary, nullable=True),
        sa.Column("password_until", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="password_renewal_pkey"),
        sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name="password_renewal_tenant_id_fkey"),
        sa.CheckConstraint("state in ('waiting', 'done', 'failed')", name=op.f("password_renewal_state_check")),
        schema="control",
    )
    op.create_index("password_renewal_tenant_id_idx", "password_renewal", ["tenant_id"], schema="control")
    grant_control("password_renewal", app="select, insert, update", operator="select, update")
