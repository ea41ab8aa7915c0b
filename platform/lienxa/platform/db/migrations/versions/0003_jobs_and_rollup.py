"""The job queue, what is done, and the roll-up: its marks and the figures that parents read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0003_jobs_and_rollup"
down_revision = "0002_identity"


def upgrade() -> None:
    """Create the tables; row security of `rollup.figure` lets a parent read and only the organ itself write."""
    _queue()
    _done()
    _marks()
    _figures()
    # `/readyz` compares the revision with the one the code knows.
    grant_control("alembic_version", app="select")


def _queue() -> None:
    """The tables of dramatiq-postgres 1.4 with schema `control` and prefix `job_`; `state` is text, not an enum."""
    op.create_table(
        "job_queue",
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("queue_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("mtime", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("message", JSONB, nullable=False),
        sa.Column("position", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker_id", sa.Uuid, nullable=True),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name="job_queue_pkey"),
        sa.CheckConstraint("state in ('queued', 'consumed', 'rejected')", name=op.f("job_queue_state_check")),
        schema="control",
    )
    op.create_index(
        "job_queue_queue_name_available_at_position_idx",
        "job_queue",
        ["queue_name", "available_at", "position"],
        schema="control",
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("job_queue_state_mtime_idx", "job_queue", ["state", "mtime"], schema="control")
    op.create_table(
        "job_worker",
        sa.Column("worker_id", sa.Uuid, nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", name="job_worker_pkey"),
        schema="control",
    )
    op.create_table(
        "job_result",
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("result", JSONB, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name="job_result_pkey"),
        schema="control",
    )
    for table in ("job_queue", "job_worker", "job_result"):
        grant_control(table)


def _done() -> None:
    op.create_table(
        "job_done",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "message_id", name="job_done_pkey"),
        schema="control",
    )
    op.create_index("job_done_done_at_idx", "job_done", ["done_at"], schema="control")
    grant_control("job_done", app="select, insert, delete")


def _marks() -> None:
    # No key of any kind: writers of one organ must never wait for each other.
    op.create_table(
        "rollup_mark",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text, nullable=True),
        schema="control",
    )
    op.create_index("rollup_mark_tenant_id_module_idx", "rollup_mark", ["tenant_id", "module"], schema="control")
    grant_control("rollup_mark", app="select, insert, delete")


def _figures() -> None:
    op.create_table(
        "figure",
        sa.Column("reader_id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reader_id", "tenant_id", "module", "code", "month", "dimension", name="figure_pkey"),
        schema="rollup",
    )
    op.create_index("figure_tenant_id_module_idx", "figure", ["tenant_id", "module"], schema="rollup")
    op.execute("alter table rollup.figure enable row level security")
    op.execute("alter table rollup.figure force row level security")
    op.execute("create policy read on rollup.figure for select using (app.current_tenant() in (reader_id, tenant_id))")
    for action, clauses in (
        ("insert", "with check (tenant_id = app.current_tenant())"),
        ("update", "using (tenant_id = app.current_tenant()) with check (tenant_id = app.current_tenant())"),
        ("delete", "using (tenant_id = app.current_tenant())"),
    ):
        op.execute(f"create policy write_{action} on rollup.figure for {action} {clauses}")
    op.execute("grant select, insert, update, delete on rollup.figure to lx_app")
