"""The registry of organs, the people of an organ, the audit trail, the file store and the sent forms."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control, protect

revision = "0001_platform"
down_revision = None


def upgrade() -> None:
    """Create the functions that everything stands on, then the tables."""
    # Raises when no tenant is bound: a forgotten tenant is an error, not an empty list.
    op.execute(
        "create function app.current_tenant() returns uuid language sql stable parallel safe "
        "as $$ select pg_catalog.current_setting('app.tenant')::uuid $$"
    )
    _registry()
    _people()
    _audit()
    _files()
    _submissions()


def _registry() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("level_label", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Uuid, nullable=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("demonstration", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="tenant_pkey"),
        sa.UniqueConstraint("slug", name="tenant_slug_key"),
        sa.ForeignKeyConstraint(["parent_id"], ["control.tenant.id"], name="tenant_parent_id_fkey"),
        sa.CheckConstraint("kind in ('commune', 'township', 'district', 'province')", name=op.f("tenant_kind_check")),
        sa.CheckConstraint("state in ('preparing', 'active', 'suspended')", name=op.f("tenant_state_check")),
        schema="control",
    )
    op.create_index("tenant_parent_id_idx", "tenant", ["parent_id"], schema="control")
    op.create_table(
        "tenant_host",
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("host", name="tenant_host_pkey"),
        sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name="tenant_host_tenant_id_fkey"),
        schema="control",
    )
    op.create_index("tenant_host_tenant_id_idx", "tenant_host", ["tenant_id"], schema="control")
    op.create_table(
        "operator_event",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=True),
        sa.PrimaryKeyConstraint("id", name="operator_event_pkey"),
        sa.ForeignKeyConstraint(["tenant_id"], ["control.tenant.id"], name="operator_event_tenant_id_fkey"),
        schema="control",
    )
    op.create_index("operator_event_tenant_id_idx", "operator_event", ["tenant_id"], schema="control")
    grant_control("operator_event", app="", operator="select, insert")
    grant_control("tenant", app="select", operator="select, insert, update")
    grant_control("tenant_host", app="select", operator="select, insert, update, delete")


def _tenant_columns() -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{other}.tenant_id", f"app.{other}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )


def _people() -> None:
    op.create_table(
        "body",
        *_tenant_columns(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="body_pkey"),
        sa.UniqueConstraint("tenant_id", "code", name="body_tenant_id_code_key"),
        sa.CheckConstraint(
            "code in ('party', 'inspection', 'council', 'committee', 'front', 'unions')", name=op.f("body_code_check")
        ),
        sa.CheckConstraint("system in ('party', 'state')", name=op.f("body_system_check")),
        schema="app",
    )
    op.create_table(
        "unit",
        *_tenant_columns(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="unit_pkey"),
        sa.UniqueConstraint("tenant_id", "code", name="unit_tenant_id_code_key"),
        schema="app",
    )
    op.create_table(
        "role",
        *_tenant_columns(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="role_pkey"),
        sa.UniqueConstraint("tenant_id", "code", name="role_tenant_id_code_key"),
        schema="app",
    )
    op.create_table(
        "role_permission",
        *_tenant_columns(),
        sa.Column("role_id", sa.Uuid, nullable=False),
        sa.Column("permission", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="role_permission_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "role_id", "permission", name="role_permission_tenant_id_role_id_permission_key"
        ),
        _key("role_permission", "role_id", "role"),
        schema="app",
    )
    op.create_table(
        "post",
        *_tenant_columns(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=True),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("role_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="post_pkey"),
        sa.UniqueConstraint("tenant_id", "code", name="post_tenant_id_code_key"),
        _key("post", "body_id", "body"),
        _key("post", "unit_id", "unit"),
        _key("post", "role_id", "role"),
        schema="app",
    )
    op.create_index("post_role_id_idx", "post", ["tenant_id", "role_id"], schema="app")
    op.create_table(
        "staff",
        *_tenant_columns(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("sort_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="staff_pkey"),
        sa.UniqueConstraint("tenant_id", "account_id", name="staff_tenant_id_account_id_key"),
        schema="app",
    )
    op.create_index("staff_sort_key_idx", "staff", ["tenant_id", "sort_key"], schema="app")
    op.create_table(
        "appointment",
        *_tenant_columns(),
        sa.Column("staff_id", sa.Uuid, nullable=False),
        sa.Column("post_id", sa.Uuid, nullable=False),
        sa.Column("held_from", sa.Date, nullable=False),
        sa.Column("held_to", sa.Date, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="appointment_pkey"),
        sa.CheckConstraint("held_to is null or held_to >= held_from", name=op.f("appointment_order_check")),
        _key("appointment", "staff_id", "staff"),
        _key("appointment", "post_id", "post"),
        schema="app",
    )
    op.create_index("appointment_staff_id_idx", "appointment", ["tenant_id", "staff_id"], schema="app")
    op.create_index("appointment_post_id_idx", "appointment", ["tenant_id", "post_id"], schema="app")
    for table in ("body", "unit", "role", "role_permission", "post", "staff", "appointment"):
        protect(table)


def _audit() -> None:
    op.create_table(
        "audit_event",
        *_tenant_columns(),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=True),
        sa.Column("staff_id", sa.Uuid, nullable=True),
        sa.Column("staff_name", sa.Text, nullable=False),
        sa.Column("post_title", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_type", sa.Text, nullable=False),
        sa.Column("object_id", sa.Uuid, nullable=True),
        sa.Column("detail", sa.dialects.postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="audit_event_pkey"),
        schema="app",
    )
    op.create_index("audit_event_object_id_at_idx", "audit_event", ["tenant_id", "object_id", "at"], schema="app")
    op.create_table(
        "audit_seal",
        *_tenant_columns(),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="audit_seal_pkey"),
        sa.UniqueConstraint("tenant_id", "number", name="audit_seal_tenant_id_number_key"),
        sa.UniqueConstraint("tenant_id", "event_id", name="audit_seal_tenant_id_event_id_key"),
        _key("audit_seal", "event_id", "audit_event"),
        schema="app",
    )
    op.create_table(
        "audit_unsealed",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "event_id", name="audit_unsealed_pkey"),
        schema="control",
    )
    grant_control("audit_unsealed", app="select, insert, delete")
    # In the same statement as the event, whoever writes it: an event that nobody wants sealed cannot come into being.
    op.execute(
        "create function app.want_seal() returns trigger language plpgsql as $$ begin "
        "insert into control.audit_unsealed (tenant_id, event_id) values (new.tenant_id, new.id); return null; end $$"
    )
    op.execute("create trigger want_seal after insert on app.audit_event for each row execute function app.want_seal()")
    protect("audit_event", "select, insert")
    protect("audit_seal", "select, insert")


def _files() -> None:
    op.create_table(
        "stored_file",
        *_tenant_columns(),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kept_by", sa.Uuid, nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="stored_file_pkey"),
        _key("stored_file", "kept_by", "staff"),
        schema="app",
    )
    op.create_index("stored_file_sha256_idx", "stored_file", ["tenant_id", "sha256"], schema="app")
    protect("stored_file")


def _submissions() -> None:
    op.create_table(
        "form_submission",
        *_tenant_columns(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="form_submission_pkey"),
        schema="app",
    )
    op.create_index("form_submission_submitted_at_idx", "form_submission", ["tenant_id", "submitted_at"], schema="app")
    protect("form_submission")
