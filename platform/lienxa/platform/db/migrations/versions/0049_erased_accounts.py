"""With an organ go the accounts that were for it alone, at the embedded issuer too; how many stay is written down."""

import sqlalchemy as sa
from alembic import op

revision = "0049_erased_accounts"
down_revision = "0048_case_succession"


def upgrade() -> None:
    """Let people of the embedded issuer go, and count who stays."""
    op.add_column("erasure", sa.Column("accounts_kept", sa.BigInteger, nullable=True), schema="control")
    op.execute("grant delete on control.issuer_user to lx_app")
