"""Sign-on: accounts, sessions, the rows of the flow, rate limits, and the people of the embedded issuer."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control

revision = "0002_identity"
down_revision = "0001_platform"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables; the operator writes people, nobody else's sessions."""
    _accounts()
    _sessions()
    _flow()
    _issuer()


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name=f"{table}_tenant_id_fkey")


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account_id"], ["control.account.id"], name=f"{table}_account_id_fkey")


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"{table}_{column}_idx", table, [column], schema="control")


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("issuer_name", sa.Text, nullable=False),
        sa.Column("sub", sa.Text, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=True),
        sa.Column("disabled_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="account_pkey"),
        sa.UniqueConstraint("issuer_name", "sub", name="account_issuer_name_sub_key"),
        schema="control",
    )
    op.create_table(
        "account_organ",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "tenant_id", name="account_organ_pkey"),
        _account("account_organ"),
        _tenant("account_organ"),
        schema="control",
    )
    _index("account_organ", "tenant_id")
    grant_control("account", operator="select, insert, update")
    grant_control("account_organ", operator="select, insert, update")


def _sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("issuer_sid", sa.Text, nullable=False),
        sa.Column("id_token", sa.Text, nullable=False),
        sa.Column("refresh_token", sa.LargeBinary, nullable=False),
        sa.Column("acting_post_id", sa.Uuid, nullable=True),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("last_seen_at", _INSTANT, nullable=False),
        sa.Column("refresh_tried_at", _INSTANT, nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="session_pkey"),
        sa.UniqueConstraint("secret_hash", name="session_secret_hash_key"),
        _tenant("session"),
        _account("session"),
        schema="control",
    )
    _index("session", "tenant_id", "account_id", "issuer_sid", "last_seen_at", "expires_at")
    grant_control("session")


def _flow() -> None:
    op.create_table(
        "sso_state",
        sa.Column("state_hash", sa.LargeBinary, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("binding_hash", sa.LargeBinary, nullable=False),
        sa.Column("code_verifier", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("return_path", sa.Text, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name="sso_state_pkey"),
        _tenant("sso_state"),
        schema="control",
    )
    _index("sso_state", "tenant_id", "expires_at")
    op.create_table(
        "sso_ticket",
        sa.Column("ticket_hash", sa.LargeBinary, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("binding_hash", sa.LargeBinary, nullable=False),
        sa.Column("issuer_sid", sa.Text, nullable=False),
        sa.Column("id_token", sa.Text, nullable=False),
        sa.Column("refresh_token", sa.LargeBinary, nullable=False),
        sa.Column("return_path", sa.Text, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_hash", name="sso_ticket_pkey"),
        _tenant("sso_ticket"),
        _account("sso_ticket"),
        schema="control",
    )
    _index("sso_ticket", "tenant_id", "account_id", "expires_at")
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("window_started_at", _INSTANT, nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("key", name="rate_limit_pkey"),
        schema="control",
    )
    _index("rate_limit", "window_started_at")
    for table in ("sso_state", "sso_ticket", "rate_limit"):
        grant_control(table)


def _issuer() -> None:
    op.create_table(
        "issuer_user",
        sa.Column("sub", sa.Text, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=True),
        sa.Column("organs", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("must_change_password", sa.Boolean, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("sub", name="issuer_user_pkey"),
        sa.UniqueConstraint("username", name="issuer_user_username_key"),
        schema="control",
    )
    grant_control("issuer_user", app="select, insert, update", operator="select, insert, update")
