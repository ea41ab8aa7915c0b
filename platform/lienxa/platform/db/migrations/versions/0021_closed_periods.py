"""Closed periods: the figures of a month as they stood, with who closed it and when."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0021_closed_periods"
down_revision = "0022_webhooks"

_INSTANT = sa.DateTime(timezone=True)
_NEW_RIGHTS = (
    ("director", "rollout.read"),
    ("director", "rollout.close"),
    ("office_head", "rollout.report"),
    ("office_head", "rollout.close_report"),
    ("leader", "rollout.report"),
    ("leader", "rollout.close_report"),
)


def upgrade() -> None:
    """Create the tables; parents get the role of who closes, other organs' roles the right to close their own."""
    _periods()
    _organs()
    _figures()
    protect("closed_period", "select, insert, update")
    protect("closed_organ", "select, insert")
    protect("closed_figure", "select, insert")
    _roles()


def _periods() -> None:
    op.create_table(
        "closed_period",
        *_key("closed_period"),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("closed_by", sa.Uuid, nullable=False),
        sa.Column("closed_by_name", sa.Text, nullable=False),
        sa.Column("closed_by_post", sa.Text, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("reopened_by", sa.Uuid, nullable=True),
        sa.Column("reopened_by_name", sa.Text, nullable=False),
        sa.Column("reopened_by_post", sa.Text, nullable=False),
        sa.Column("reopened_at", _INSTANT, nullable=True),
        sa.Column("reopen_reason", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant_id", "month", "version", name="closed_period_tenant_id_month_version_key"),
        sa.CheckConstraint("state in ('closed', 'reopened')", name=op.f("closed_period_state_check")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("closed_period_bounds_check")),
        sa.CheckConstraint("version > 0", name=op.f("closed_period_version_check")),
        sa.CheckConstraint(
            "(state = 'reopened') = (reopened_at is not null) and (state = 'reopened') = (reopen_reason <> '')",
            name=op.f("closed_period_reopened_check"),
        ),
        schema="app",
    )
    op.create_index("closed_period_month_id_idx", "closed_period", ["tenant_id", "month", "id"], schema="app")
    op.create_index(
        "closed_period_closed_idx",
        "closed_period",
        ["tenant_id", "month"],
        unique=True,
        postgresql_where=sa.text("state = 'closed'"),
        schema="app",
    )


def _organs() -> None:
    op.create_table(
        "closed_organ",
        *_key("closed_organ"),
        sa.Column("period_id", sa.Uuid, nullable=False),
        sa.Column("organ_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        _of_period("closed_organ"),
        sa.UniqueConstraint("tenant_id", "period_id", "organ_id", name="closed_organ_tenant_id_period_id_organ_id_key"),
        schema="app",
    )


def _figures() -> None:
    op.create_table(
        "closed_figure",
        *_key("closed_figure"),
        sa.Column("period_id", sa.Uuid, nullable=False),
        sa.Column("organ_id", sa.Uuid, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        _of_period("closed_figure"),
        sa.UniqueConstraint(
            "tenant_id",
            "period_id",
            "organ_id",
            "code",
            "dimension",
            name="closed_figure_tenant_id_period_id_organ_id_code_dimension_key",
        ),
        schema="app",
    )


def _roles() -> None:
    op.execute("reset role")  # rows of all organs: only the migrator's own login may
    op.execute(
        "insert into app.role (tenant_id, id, code, name) "
        "select tenant_id, gen_random_uuid(), 'director', 'Lãnh đạo văn phòng' from app.role where code = 'watcher' "
        "on conflict do nothing"
    )
    for role, right in _NEW_RIGHTS:
        op.execute(
            "insert into app.role_permission (tenant_id, id, role_id, permission) "
            f"select tenant_id, gen_random_uuid(), id, '{right}' from app.role where code = '{role}' "
            "on conflict do nothing"
        )
    op.execute("set role lx_owner")


def _key(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{table}_pkey"),
    ]


def _of_period(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "period_id"],
        ["app.closed_period.tenant_id", "app.closed_period.id"],
        name=f"{table}_tenant_id_period_id_fkey",
    )
