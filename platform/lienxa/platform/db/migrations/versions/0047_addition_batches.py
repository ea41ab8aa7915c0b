"""Organs of a whole district, asked for together by a file."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0047_addition_batches"
down_revision = "0046_mail"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the files, and let each addition say of which it is."""
    op.create_table(
        "addition_batch",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=True),
        sa.Column("defaults", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="addition_batch_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["control.account.id"], name="addition_batch_account_id_fkey"),
        sa.CheckConstraint(
            "state in ('reading', 'checked', 'refused', 'adding')", name=op.f("addition_batch_state_check")
        ),
        schema="control",
    )
    for column in ("account_id", "asked_at"):
        op.create_index(f"addition_batch_{column}_idx", "addition_batch", [column], schema="control")
    grant_control("addition_batch", app="select, insert, update")
    op.add_column("organ_addition", sa.Column("batch_id", sa.Uuid, nullable=True), schema="control")
    op.create_foreign_key(
        "organ_addition_batch_id_fkey",
        "organ_addition",
        "addition_batch",
        ["batch_id"],
        ["id"],
        source_schema="control",
        referent_schema="control",
    )
    op.create_index("organ_addition_batch_id_idx", "organ_addition", ["batch_id"], schema="control")
