"""Visibility: posts that head their unit, and grants of one thing to a person or a unit."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0013_visibility"
down_revision = "0007_rollout"


def upgrade() -> None:
    """Add the flag and the table; let leaders and office heads of the organs that exist grant."""
    op.add_column("post", sa.Column("heads_unit", sa.Boolean, nullable=False, server_default=sa.false()), schema="app")
    op.create_table(
        "access_grant",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("thing_id", sa.Uuid, nullable=False),
        sa.Column("staff_id", sa.Uuid, nullable=True),
        sa.Column("unit_id", sa.Uuid, nullable=True),
        sa.Column("ends_on", sa.Date, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("granted_by", sa.Uuid, nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Uuid, nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="access_grant_pkey"),
        *(_key(column, table) for column, table in _KEYS),
        sa.CheckConstraint("(staff_id is null) <> (unit_id is null)", name=op.f("access_grant_one_check")),
        schema="app",
    )
    for columns in (["kind", "thing_id"], ["staff_id", "kind"], ["unit_id", "kind"]):
        op.create_index(f"access_grant_{'_'.join(columns)}_idx", "access_grant", ["tenant_id", *columns], schema="app")
    protect("access_grant", "select, insert, update")
    op.execute("reset role")  # rows of all organs: only the migrator's own login passes row security
    # What new organs begin with (`staffing.COMMUNE`): the head of the common office leads it.
    op.execute("update app.post set heads_unit = true where code = 'to-truong-van-phong'")
    op.execute(
        "insert into app.role_permission (tenant_id, id, role_id, permission) "
        "select tenant_id, gen_random_uuid(), id, 'office.grant' from app.role "
        "where code in ('leader', 'office_head')"
    )
    op.execute("set role lx_owner")


_KEYS = (("staff_id", "staff"), ("unit_id", "unit"), ("granted_by", "staff"), ("revoked_by", "staff"))


def _key(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{table}.tenant_id", f"app.{table}.id"],
        name=f"access_grant_tenant_id_{column}_fkey",
    )
