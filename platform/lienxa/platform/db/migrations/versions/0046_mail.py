"""Letters that the service sends, and to whom the heads of an organ's trail go."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control, protect

revision = "0046_mail"
down_revision = "0045_readiness"


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=True),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('pending', 'sent', 'failed')", name="state"),
        sa.PrimaryKeyConstraint("id", name="mail_pkey"),
        schema="control",
    )
    op.create_index("mail_tenant_id_idx", "mail", ["tenant_id"], schema="control")
    op.create_index("mail_written_at_idx", "mail", ["written_at"], schema="control")
    grant_control("mail")
    op.create_table(
        "head_receiver",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="head_receiver_pkey"),
        sa.UniqueConstraint("tenant_id", "address", name="head_receiver_tenant_id_address_key"),
        schema="app",
    )
    protect("head_receiver")
