"""Cases that one person received and handled: what the one-stop lays down for it, and which they are."""

import sqlalchemy as sa
from alembic import op

revision = "0043_one_person"
down_revision = "0042_succession"


def upgrade() -> None:
    """Add the rule and the mark, and give the right to lay it down; cases that one person had are marked."""
    op.add_column("one_stop", sa.Column("one_person", sa.Text, nullable=False, server_default="warn"), schema="app")
    op.create_check_constraint(
        op.f("one_stop_one_person_check"), "one_stop", "one_person in ('warn', 'forbid')", schema="app"
    )
    op.add_column(
        "one_stop_case", sa.Column("one_person", sa.Boolean, nullable=False, server_default=sa.false()), schema="app"
    )
    op.execute("reset role")  # rows of all organs: only the migrator's own login passes row security
    op.execute("update app.one_stop_case set one_person = true where handler_id = received_by")
    op.execute(
        "insert into app.role_permission (tenant_id, id, role_id, permission) "
        "select tenant_id, gen_random_uuid(), id, 'one_stop.manage' from app.role "
        "where code in ('office_head', 'leader') and exists "
        "(select from app.one_stop where one_stop.tenant_id = role.tenant_id)"
    )
    op.execute("set role lx_owner")
