"""What organs change in the national calendar, and from which moment the time of a case runs."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0010_calendar"
down_revision = "0012_operator"


def upgrade() -> None:
    """Create the table; cases that run count from their receipt, or from the papers that came later."""
    op.create_table(
        "calendar_change",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="calendar_change_pkey"),
        sa.UniqueConstraint("tenant_id", "day", "origin", name="calendar_change_tenant_id_day_origin_key"),
        sa.CheckConstraint("kind in ('day_off', 'working_day', 'morning')", name=op.f("calendar_change_kind_check")),
        sa.CheckConstraint("origin in ('own', 'above')", name=op.f("calendar_change_origin_check")),
        schema="app",
    )
    protect("calendar_change")
    op.add_column("one_stop_case", sa.Column("clock_from", sa.DateTime(timezone=True), nullable=True), schema="app")
    op.add_column("one_stop_case", sa.Column("supplied_at", sa.DateTime(timezone=True), nullable=True), schema="app")
    # A case to which papers came keeps the date that was computed then: when they came was not stored before this.
    op.execute("reset role")  # as owner the policies would ask for a tenant
    op.execute(
        "update app.one_stop_case c set clock_from = c.received_at from app.procedure p "
        "where p.tenant_id = c.tenant_id and p.id = c.procedure_id and p.time_unit <> '' "
        "and (c.supplement_asked_at is null or c.state = 'supplement')"
    )
    op.execute("set role lx_owner")
