"""What the record of a handover tells of each thing: the paper's own symbol and day, and who has it in hand there."""

import sqlalchemy as sa
from alembic import op

revision = "0059_passage_details"
down_revision = "0058_invitation"


def upgrade() -> None:
    """Add the columns; of what passed before nobody wrote it down."""
    for name in ("symbol", "receiver", "unit"):
        op.add_column("passage", sa.Column(name, sa.Text, nullable=False, server_default=""), schema="app")
        op.alter_column("passage", name, server_default=None, schema="app")
    op.add_column("passage", sa.Column("dated", sa.Date), schema="app")
    op.create_index(
        "passage_record_idx",
        "passage",
        ["tenant_id", "direction", "organ_id", "code", "unit", "receiver", "id"],
        schema="app",
    )
