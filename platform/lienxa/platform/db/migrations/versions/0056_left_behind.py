"""Where somebody read earlier books until the organ that follows shut them out: they come back there as well."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0056_left_behind"
down_revision = "0055_receipt_secret"


def upgrade() -> None:
    """Add the table."""
    account, organ = "control.account.id", "control.tenant.id"
    op.create_table(
        "left_behind",
        sa.Column(
            "account_id", sa.Uuid, sa.ForeignKey(account, ondelete="CASCADE", name="left_behind_account_id_fkey")
        ),
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey(organ, name="left_behind_tenant_id_fkey")),
        sa.Column("successor_id", sa.Uuid, sa.ForeignKey(organ, name="left_behind_successor_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "tenant_id", "successor_id", name="left_behind_pkey"),
        schema="control",
    )
    op.create_index("left_behind_tenant_id_idx", "left_behind", ["tenant_id"], schema="control")
    grant_control("left_behind", app="select, insert, delete")
