"""Seals of the operators' trail, and with which key each seal was made."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0052_operator_seals"
down_revision = "0051_signed_out"


def upgrade() -> None:
    """Add the tables and the column; what stands in the operators' trail already waits for its seal."""
    op.add_column("audit_seal", sa.Column("key_id", sa.Text, nullable=True), schema="app")
    op.create_table(
        "operator_unsealed",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="operator_unsealed_pkey"),
        schema="control",
    )
    # Operators' commands write the trail with their own login, and with it this list.
    grant_control("operator_unsealed", app="select, insert, delete", operator="insert")
    op.create_table(
        "operator_seal",
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="operator_seal_pkey"),
        sa.UniqueConstraint("event_id", name="operator_seal_event_id_key"),
        sa.ForeignKeyConstraint(["event_id"], ["control.operator_event.id"], name="operator_seal_event_id_fkey"),
        schema="control",
    )
    grant_control("operator_seal", app="select, insert")
    op.execute(
        "create function control.want_operator_seal() returns trigger language plpgsql as $$ begin "
        "insert into control.operator_unsealed (event_id) values (new.id); return null; end $$"
    )
    op.execute(
        "create trigger want_operator_seal after insert on control.operator_event "
        "for each row execute function control.want_operator_seal()"
    )
    op.execute("insert into control.operator_unsealed (event_id) select id from control.operator_event")
