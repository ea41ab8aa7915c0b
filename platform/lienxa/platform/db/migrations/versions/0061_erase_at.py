"""When an organ is to be erased: its people see it on every page."""

import sqlalchemy as sa
from alembic import op

revision = "0061_erase_at"
down_revision = "0060_book_changes"


def upgrade() -> None:
    """Add the column, with what was decided before."""
    op.add_column("tenant", sa.Column("erase_at", sa.DateTime(timezone=True)), schema="control")
    op.execute(
        "update control.tenant set erase_at = erasure.due_at from control.erasure "
        "where erasure.tenant_id = tenant.id and erasure.state = 'waiting'"
    )
