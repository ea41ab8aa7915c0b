"""The file of a result: the draft that is signed, then the text of its document; and where a document comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0010_3_result_files"
down_revision = "0009_meetings"


def upgrade() -> None:
    """Add what is new; cases and documents that exist have none."""
    op.add_column("one_stop_case", sa.Column("result_file_id", sa.Uuid, nullable=True), schema="app")
    for name in ("origin_title", "origin_path"):
        op.add_column("document", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''")), schema="app")
    op.execute("reset role")  # a key on a table that exists: only the migrator's own login may
    op.create_foreign_key(
        "one_stop_case_tenant_id_result_file_id_fkey",
        "one_stop_case",
        "stored_file",
        ["tenant_id", "result_file_id"],
        ["tenant_id", "id"],
        source_schema="app",
        referent_schema="app",
    )
    op.execute("set role lx_owner")
