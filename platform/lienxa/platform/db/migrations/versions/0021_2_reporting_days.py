"""On which day months of figures end: the topmost organ's setting, copied to those below."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0021_2_reporting_days"
down_revision = "0024_book_files"


def upgrade() -> None:
    """Create the table; without a row months are the calendar's. Administrators get the right to set it."""
    op.create_table(
        "reporting_day",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("from_month", sa.Date, nullable=False),
        sa.Column("last_day", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="reporting_day_pkey"),
        sa.UniqueConstraint("tenant_id", "from_month", name="reporting_day_tenant_id_from_month_key"),
        sa.CheckConstraint("last_day between 0 and 28", name=op.f("reporting_day_last_day_check")),
        schema="app",
    )
    protect("reporting_day")
    op.execute("reset role")  # rows of all organs: only the migrator's own login may
    op.execute(
        "insert into app.role_permission (tenant_id, id, role_id, permission) "
        "select tenant_id, gen_random_uuid(), id, 'rollout.months' from app.role where code = 'administrator' "
        "on conflict do nothing"
    )
    op.execute("set role lx_owner")
