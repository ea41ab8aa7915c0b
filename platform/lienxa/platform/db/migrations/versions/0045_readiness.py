"""How an organ comes to work here: its phase, what people confirmed, comparisons of the books with paper."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.migrations.helpers import protect

revision = "0045_readiness"
down_revision = "0044_strangers_refused"

_INSTANT = sa.DateTime(timezone=True)

# Runs as its owner, for an organ decides itself when it goes live: the application can move the organ that is bound,
# no other one, and along these steps alone. What the step means for books and trail is the application's.
_ENTER = """
create function control.enter_phase(wanted text, moment timestamptz) returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update control.tenant set
    phase = wanted,
    phase_since = moment,
    trial_from = case wanted when 'parallel' then moment when 'preparing' then null else trial_from end,
    trial_until = case when wanted = 'live' and trial_from is not null then moment end
  where id = app.current_tenant() and kind in ('commune', 'township') and (phase, wanted) in (
    ('preparing', 'parallel'), ('preparing', 'live'), ('parallel', 'preparing'), ('parallel', 'live'),
    ('live', 'parallel'));
  return found;
end
$$
"""


def upgrade() -> None:
    """Let every organ that is there be live, and add the tables."""
    _add_phase()
    _create_phase_change()
    _create_confirmation()
    _create_comparison()


def _add_phase() -> None:
    op.add_column("tenant", sa.Column("phase", sa.Text, nullable=False, server_default="live"), schema="control")
    for name in ("phase_since", "trial_from", "trial_until"):
        op.add_column("tenant", sa.Column(name, _INSTANT, nullable=True), schema="control")
    op.create_check_constraint(
        op.f("tenant_phase_check"), "tenant", "phase in ('preparing', 'parallel', 'live')", schema="control"
    )
    op.create_check_constraint(
        op.f("tenant_trial_check"),
        "tenant",
        "(phase = 'parallel') = (trial_from is not null and trial_until is null)",
        schema="control",
    )
    op.execute(_ENTER)
    op.execute("revoke all on function control.enter_phase(text, timestamptz) from public")
    op.execute("grant execute on function control.enter_phase(text, timestamptz) to lx_app")


def _create_phase_change() -> None:
    op.create_table(
        "phase_change",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=True),
        sa.Column("made_by_name", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("missing", JSONB, nullable=False),
        sa.Column("outcome", JSONB, nullable=False),
        sa.CheckConstraint("phase in ('preparing', 'parallel', 'live')", name=op.f("phase_change_phase_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="phase_change_pkey"),
        _key("phase_change", "made_by", "staff"),
        schema="app",
    )
    op.create_index("phase_change_at_idx", "phase_change", ["tenant_id", "at"], schema="app")
    protect("phase_change", "select, insert")


def _create_confirmation() -> None:
    op.create_table(
        "readiness_confirmation",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("confirmed_by", sa.Uuid, nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("revoked_by", sa.Uuid, nullable=True),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.Column("revoke_reason", sa.Text, nullable=False),
        sa.CheckConstraint(
            "(revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (revoke_reason = '')",
            name=op.f("readiness_confirmation_revoked_check"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="readiness_confirmation_pkey"),
        _key("readiness_confirmation", "confirmed_by", "staff"),
        _key("readiness_confirmation", "revoked_by", "staff"),
        schema="app",
    )
    op.create_index(
        "readiness_confirmation_item_key",
        "readiness_confirmation",
        ["tenant_id", "item"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("revoked_at is null"),
    )
    protect("readiness_confirmation", "select, insert, update")


def _create_comparison() -> None:
    op.create_table(
        "book_comparison",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("compared_on", sa.Date, nullable=False),
        sa.Column("compared_at", _INSTANT, nullable=False),
        sa.Column("compared_by", sa.Uuid, nullable=False),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("differing", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.CheckConstraint("differing >= 0", name=op.f("book_comparison_differing_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="book_comparison_pkey"),
        _key("book_comparison", "compared_by", "staff"),
        schema="app",
    )
    op.create_index(
        "book_comparison_compared_at_id_idx", "book_comparison", ["tenant_id", "compared_at", "id"], schema="app"
    )
    protect("book_comparison", "select, insert")


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{to}.tenant_id", f"app.{to}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )
