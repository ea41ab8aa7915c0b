"""Service accounts of the API, and the answers that a repeated request gets again."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0018_api"
down_revision = "0014_discarded_drafts"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables; a service account is a person's row without posts, so that acts can name it."""
    op.add_column("staff", sa.Column("is_service", sa.Boolean, nullable=False, server_default=sa.false()), schema="app")
    _accounts()
    _scopes()
    _requests()
    for table in ("service_account", "service_account_permission", "service_account_body", "api_request"):
        protect(table)


def _accounts() -> None:
    op.create_table(
        "service_account",
        *_tenant_columns(),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("token_hint", sa.Text, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("suspended_at", _INSTANT, nullable=True),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.Column("last_used_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="service_account_pkey"),
        sa.UniqueConstraint("tenant_id", "token_hash", name="service_account_tenant_id_token_hash_key"),
        _key("service_account", "id", "staff"),
        _key("service_account", "unit_id", "unit"),
        _key("service_account", "created_by", "staff"),
        schema="app",
    )


def _scopes() -> None:
    op.create_table(
        "service_account_permission",
        *_tenant_columns(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("permission", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="service_account_permission_pkey"),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            "permission",
            name="service_account_permission_tenant_id_account_id_permission_key",
        ),
        _key("service_account_permission", "account_id", "service_account"),
        schema="app",
    )
    op.create_table(
        "service_account_body",
        *_tenant_columns(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="service_account_body_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "account_id", "body_id", name="service_account_body_tenant_id_account_id_body_id_key"
        ),
        _key("service_account_body", "account_id", "service_account"),
        _key("service_account_body", "body_id", "body"),
        schema="app",
    )


def _requests() -> None:
    op.create_table(
        "api_request",
        *_tenant_columns(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="api_request_pkey"),
        sa.UniqueConstraint("tenant_id", "account_id", "key", name="api_request_tenant_id_account_id_key_key"),
        schema="app",
    )
    op.create_index("api_request_received_at_idx", "api_request", ["tenant_id", "received_at"], schema="app")


def _tenant_columns() -> "tuple[sa.Column[object], ...]":
    return sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{target}.tenant_id", f"app.{target}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )
