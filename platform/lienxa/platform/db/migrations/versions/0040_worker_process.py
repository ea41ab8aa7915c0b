"""What a worker is: each tells by the name of its connection, as the package that writes these rows knows no more."""

from alembic import op

revision = "0040_worker_process"
down_revision = "0039_imports"


def upgrade() -> None:
    """Add the column; workers of before have none, until they go."""
    op.execute("alter table control.job_worker add column process text")
    op.execute("alter table control.job_worker alter column process set default current_setting('application_name')")
