"""Operators sign on without an organ, and add organs on a page."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0012_2_operator_page"
down_revision = "0008_documents_in_order"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Let sessions be without an organ, give the issuer's people roles of the realm, and keep what is asked for."""
    for table in ("session", "sso_state", "sso_ticket"):
        op.alter_column(table, "tenant_id", nullable=True, schema="control")
    op.add_column(
        "issuer_user",
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
        schema="control",
    )
    grant_control("operator_event", app="select, insert")
    _additions()


def _additions() -> None:
    op.create_table(
        "organ_addition",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("spec", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("faults", JSONB, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("tenant_id", sa.Uuid, nullable=True),
        sa.Column("address_answers", sa.Boolean, nullable=True),
        sa.Column("administrator_id", sa.Uuid, nullable=True),
        sa.Column("sealed_password", sa.LargeBinary, nullable=True),
        sa.Column("password_until", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="organ_addition_pkey"),
        sa.ForeignKeyConstraint(["account_id"], ["control.account.id"], name="organ_addition_account_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name="organ_addition_tenant_id_fkey"),
        sa.ForeignKeyConstraint(
            ["administrator_id"], ["control.account.id"], name="organ_addition_administrator_id_fkey"
        ),
        sa.CheckConstraint("state in ('waiting', 'added', 'done', 'failed')", name=op.f("organ_addition_state_check")),
        schema="control",
    )
    for column in ("account_id", "asked_at", "tenant_id", "administrator_id"):
        op.create_index(f"organ_addition_{column}_idx", "organ_addition", [column], schema="control")
    op.create_table(
        "addition_step",
        sa.Column("addition_id", sa.Uuid, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("addition_id", "step", name="addition_step_pkey"),
        sa.ForeignKeyConstraint(["addition_id"], ["control.organ_addition.id"], name="addition_step_addition_id_fkey"),
        schema="control",
    )
    grant_control("organ_addition", app="select, insert, update", operator="select, update")
    grant_control("addition_step", app="select", operator="select, insert, delete")
