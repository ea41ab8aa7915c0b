"""The life of an organ: what operators want done with it, its old addresses, and its end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0034_life"
down_revision = "0027_undelivered"

_INSTANT = sa.DateTime(timezone=True)
_STATES = "state in ('preparing', 'active', 'suspended', 'erasing', 'erased')"

# Runs as its owner, whom row security binds to the organ like everybody; nobody else may delete from a trail at all.
# It does nothing for an organ that is not being erased, whoever asks.
_ERASE = """
create function control.erase(part text, most integer) returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  erased bigint;
begin
  perform from control.tenant where id = app.current_tenant() and state = 'erasing';
  if not found then
    raise exception 'this organ is not being erased' using errcode = 'insufficient_privilege';
  end if;
  if most is null then
    execute pg_catalog.format('delete from %s where tenant_id = app.current_tenant()', part::pg_catalog.regclass);
  else
    execute pg_catalog.format(
      'delete from %1$s where tenant_id = app.current_tenant() and ctid = any(array('
      'select ctid from %1$s where tenant_id = app.current_tenant() limit $1))', part::pg_catalog.regclass) using most;
  end if;
  get diagnostics erased = row_count;
  return erased;
end
$$
"""


def upgrade() -> None:
    """Create the tables and the way to erase, and let states and addresses say more."""
    _let_states_say_more()
    _keep_old_addresses()
    _create_work()
    _create_erasure()
    op.execute(_ERASE)
    op.execute("revoke all on function control.erase(text, integer) from public")
    op.execute("grant execute on function control.erase(text, integer) to lx_operator")
    for table in ("organ_addition", "password_renewal", "preparation"):
        op.execute(f"grant delete on control.{table} to lx_operator")


def _let_states_say_more() -> None:
    op.execute("alter table control.tenant drop constraint tenant_state_check")
    op.create_check_constraint(op.f("tenant_state_check"), "tenant", _STATES, schema="control")


def _keep_old_addresses() -> None:
    op.add_column("tenant_host", sa.Column("retired_until", _INSTANT, nullable=True), schema="control")


def _create_work() -> None:
    op.create_table(
        "organ_work",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=True),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("wanted", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("expected", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("result", JSONB, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="organ_work_pkey"),
        sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name="organ_work_tenant_id_fkey"),
        sa.CheckConstraint("state in ('waiting', 'done', 'failed')", name=op.f("organ_work_state_check")),
        schema="control",
    )
    op.create_index("organ_work_tenant_id_idx", "organ_work", ["tenant_id"], schema="control")
    op.create_index("organ_work_asked_at_idx", "organ_work", ["asked_at"], schema="control")
    grant_control("organ_work", app="select, insert", operator="select, insert, update")


def _create_erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("called_back_by", sa.Text, nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("expected", sa.BigInteger, nullable=False),
        sa.Column("rows", JSONB, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        sa.Column("file_bytes", sa.BigInteger, nullable=False),
        sa.Column("accounts", sa.BigInteger, nullable=False),
        sa.Column("head_number", sa.BigInteger, nullable=False),
        sa.Column("head_mac", sa.LargeBinary, nullable=True),
        sa.Column("certificate", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("id", name="erasure_pkey"),
        sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name="erasure_tenant_id_fkey"),
        sa.CheckConstraint("state in ('waiting', 'called_back', 'erasing', 'done')", name=op.f("erasure_state_check")),
        schema="control",
    )
    op.create_index("erasure_tenant_id_idx", "erasure", ["tenant_id"], schema="control")
    op.create_index(
        "erasure_open_key",
        "erasure",
        ["tenant_id"],
        unique=True,
        schema="control",
        postgresql_where=sa.text("state in ('waiting', 'erasing')"),
    )
    grant_control("erasure", app="select", operator="select, insert, update")
