"""Staff in time: how a post is written under a signature, when a certificate ends, and records of handing work over."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control, protect

revision = "0038_people"
down_revision = "0037_delegations"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add columns and tables; give office heads and administrators of the organs that exist their right."""
    op.add_column("appointment", _text("signing_title"), schema="app")
    op.add_column("staff", sa.Column("certificate_ends_on", sa.Date, nullable=True), schema="app")
    op.create_table(
        "work_transfer",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("giver_id", sa.Uuid, nullable=False),
        sa.Column("giver_name", sa.Text, nullable=False),
        sa.Column("giver_title", sa.Text, nullable=False),
        sa.Column("last_day", sa.Date, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=False),
        sa.Column("made_by_name", sa.Text, nullable=False),
        sa.Column("made_by_title", sa.Text, nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="work_transfer_pkey"),
        _key("work_transfer", "giver_id", "staff"),
        _key("work_transfer", "made_by", "staff"),
        schema="app",
    )
    _index("work_transfer", "made_at", "id")
    _index("work_transfer", "giver_id")
    protect("work_transfer", "select, insert")
    op.create_table(
        "work_transfer_line",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("transfer_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("thing_id", sa.Uuid, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("restricted", sa.Boolean, nullable=False),
        sa.Column("receiver_id", sa.Uuid, nullable=False),
        sa.Column("receiver_name", sa.Text, nullable=False),
        sa.Column("receiver_title", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="work_transfer_line_pkey"),
        _key("work_transfer_line", "transfer_id", "work_transfer"),
        _key("work_transfer_line", "receiver_id", "staff"),
        sa.UniqueConstraint(
            "tenant_id", "transfer_id", "position", name="work_transfer_line_tenant_id_transfer_id_position_key"
        ),
        schema="app",
    )
    _index("work_transfer_line", "receiver_id")
    protect("work_transfer_line", "select, insert")
    op.create_table(
        "issuer_organization",
        sa.Column("issuer_name", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("issuer_name", "tenant_id", name="issuer_organization_pkey"),
        sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name="issuer_organization_tenant_id_fkey"),
        sa.UniqueConstraint(
            "issuer_name", "organization_id", name="issuer_organization_issuer_name_organization_id_key"
        ),
        schema="control",
    )
    op.create_index("issuer_organization_tenant_id_idx", "issuer_organization", ["tenant_id"], schema="control")
    grant_control("issuer_organization", app="select, insert", operator="select, insert, delete")
    op.execute("reset role")  # rows of all organs: only the migrator's own login passes row security
    op.execute(
        "insert into app.role_permission (tenant_id, id, role_id, permission) "
        "select tenant_id, gen_random_uuid(), id, 'office.hand_over' from app.role "
        "where code in ('administrator', 'office_head', 'director')"
    )
    op.execute("set role lx_owner")


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{other}.tenant_id", f"app.{other}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"{table}_{'_'.join(columns)}_idx", table, ["tenant_id", *columns], schema="app")
