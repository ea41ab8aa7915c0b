"""What an organ's administrator keeps: what is in use, who is away or left, name and emblem, first sign-on."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0013_2_administration"
down_revision = "0011_rollout_programme"


def upgrade() -> None:
    """Add the columns and the table; give the administrators of the organs that exist their right."""
    for table in ("body", "unit", "post", "staff"):
        _add(table, sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    _add("body", sa.Column("in_use", sa.Boolean, nullable=False, server_default=sa.true()))
    _add("unit", sa.Column("closed_on", sa.Date, nullable=True))
    _add("post", sa.Column("closed_on", sa.Date, nullable=True))
    _add("staff", sa.Column("suspended_on", sa.Date, nullable=True))
    _add("staff", sa.Column("left_on", sa.Date, nullable=True))
    op.add_column("account_organ", sa.Column("signed_in_at", sa.DateTime(timezone=True)), schema="control")
    op.create_table(
        "organ_profile",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("office_name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("emblem_id", sa.Uuid, nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="organ_profile_pkey"),
        sa.UniqueConstraint("tenant_id", name="organ_profile_tenant_id_key"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "emblem_id"],
            ["app.stored_file.tenant_id", "app.stored_file.id"],
            name="organ_profile_tenant_id_emblem_id_fkey",
        ),
        schema="app",
    )
    protect("organ_profile")
    op.execute("reset role")  # rows of all organs: only the migrator's own login passes row security
    op.execute(
        "insert into app.role_permission (tenant_id, id, role_id, permission) "
        "select tenant_id, gen_random_uuid(), id, 'office.administrate' from app.role where code = 'administrator'"
    )
    op.execute("set role lx_owner")


def _add(table: str, column: "sa.Column[object]") -> None:
    op.add_column(table, column, schema="app")
