"""Invitations of an organ to people who have an account already: nobody serves it before they agreed."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0058_invitation"
down_revision = "0057_brought_papers"


def upgrade() -> None:
    """Add the table; who serves an organ already goes on."""
    account, organ = "control.account.id", "control.tenant.id"
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "account_id",
            sa.Uuid,
            sa.ForeignKey(account, ondelete="CASCADE", name="invitation_account_id_fkey"),
            nullable=False,
        ),
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey(organ, name="invitation_tenant_id_fkey"), nullable=False),
        sa.Column("invited_by", sa.Text, nullable=False),
        sa.Column("invited_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("post_id", sa.Uuid),
        sa.Column("held_from", sa.Date, nullable=False),
        sa.Column("together", sa.Boolean, nullable=False),
        sa.UniqueConstraint("account_id", "tenant_id", name="invitation_account_id_tenant_id_key"),
        schema="control",
    )
    op.create_index("invitation_tenant_id_idx", "invitation", ["tenant_id"], schema="control")
    grant_control("invitation", app="select, insert, delete")
