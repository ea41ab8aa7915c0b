"""Documents: the paper as it was signed and sealed, beside the draft that was signed."""

from alembic import op

revision = "0026_signed_originals"
down_revision = "0021_2_reporting_days"


def upgrade() -> None:
    """Let the files know the role."""
    op.execute("alter table app.document_file drop constraint if exists document_file_role_check")
    op.create_check_constraint(
        op.f("document_file_role_check"),
        "document_file",
        "role in ('main', 'annex', 'signed', 'earlier')",
        schema="app",
    )
