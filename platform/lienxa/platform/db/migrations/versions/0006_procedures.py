"""The catalogue of procedures, the one-stop and its cases."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0006_procedures"
down_revision = "0005_meetings"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _catalogue()
    _counter()
    _cases()
    for table in ("procedure", "one_stop", "case_counter", "one_stop_case", "case_participant"):
        protect(table)


def _catalogue() -> None:
    op.create_table(
        "procedure",
        *_tenant_columns(),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date, nullable=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("short_name", sa.Text, nullable=False),
        sa.Column(
            "name_norm",
            sa.Text,
            sa.Computed("app.norm(code || ' ' || name || ' ' || short_name)", persisted=True),
            nullable=False,
        ),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("time_value", sa.Integer, nullable=True),
        sa.Column("time_unit", sa.Text, nullable=False),
        sa.Column("time_note", sa.Text, nullable=False),
        sa.Column("time_source", sa.Text, nullable=False),
        sa.Column("fee", sa.Integer, nullable=True),
        sa.Column("fee_note", sa.Text, nullable=False),
        sa.Column("documents", sa.Text, nullable=False),
        sa.Column("documents_source", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="procedure_pkey"),
        sa.UniqueConstraint("tenant_id", "key", "version", name="procedure_tenant_id_key_version_key"),
        sa.CheckConstraint(
            "time_unit in ('working_day', 'day', 'hour', 'same_day', 'at_once', '')",
            name=op.f("procedure_time_unit_check"),
        ),
        sa.CheckConstraint(
            "(time_value is not null) = (time_unit in ('working_day', 'day', 'hour'))",
            name=op.f("procedure_time_value_check"),
        ),
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name=op.f("procedure_order_check")),
        schema="app",
    )


def _counter() -> None:
    op.create_table(
        "one_stop",
        *_tenant_columns(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=False),
        sa.Column("code_template", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="one_stop_pkey"),
        _key("one_stop", "body_id", "body"),
        schema="app",
    )
    op.create_table(
        "case_counter",
        *_tenant_columns(),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="case_counter_pkey"),
        sa.UniqueConstraint("tenant_id", "day", name="case_counter_tenant_id_day_key"),
        schema="app",
    )


def _cases() -> None:
    op.create_table(
        "one_stop_case",
        *_tenant_columns(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=False),
        sa.Column("procedure_id", sa.Uuid, nullable=False),
        sa.Column("rule_set", sa.Text, nullable=False),
        sa.Column("calendar_version", sa.Text, nullable=False),
        sa.Column("applicant_name", sa.Text, nullable=False),
        sa.Column("applicant_phone", sa.Text, nullable=False),
        sa.Column("applicant_address", sa.Text, nullable=False),
        sa.Column(
            "search_norm",
            sa.Text,
            sa.Computed("app.norm(code || ' ' || applicant_name || ' ' || applicant_phone)", persisted=True),
            nullable=False,
        ),
        sa.Column("papers", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("received_by", sa.Uuid, nullable=False),
        sa.Column("hand_over_by", sa.Date, nullable=False),
        sa.Column("handed_over_at", _INSTANT, nullable=True),
        sa.Column("handler_id", sa.Uuid, nullable=True),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("due_exact", sa.Boolean, nullable=False),
        sa.Column("supplement_asked_at", _INSTANT, nullable=True),
        sa.Column("supplement_request", sa.Text, nullable=False),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.Column("finished_on", sa.Date, nullable=True),
        sa.Column("outcome", sa.Text, nullable=True),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("returned_at", _INSTANT, nullable=True),
        sa.Column("returned_to", sa.Text, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("closing_reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="one_stop_case_pkey"),
        sa.UniqueConstraint("tenant_id", "code", name="one_stop_case_tenant_id_code_key"),
        sa.CheckConstraint(
            "state in ('received', 'processing', 'supplement', 'done', 'returned', 'refused', 'withdrawn', 'stopped')",
            name=op.f("one_stop_case_state_check"),
        ),
        sa.CheckConstraint("outcome in ('early', 'on_time', 'late')", name=op.f("one_stop_case_outcome_check")),
        sa.CheckConstraint("(finished_at is null) = (outcome is null)", name=op.f("one_stop_case_finished_check")),
        sa.CheckConstraint(
            "state not in ('done', 'returned') or finished_at is not null", name=op.f("one_stop_case_result_check")
        ),
        _key("one_stop_case", "body_id", "body"),
        _key("one_stop_case", "procedure_id", "procedure"),
        _key("one_stop_case", "received_by", "staff"),
        _key("one_stop_case", "handler_id", "staff"),
        schema="app",
    )
    for columns in (("state", "due_at"), ("handler_id", "state", "due_at"), ("received_at",)):
        op.create_index(
            f"one_stop_case_{'_'.join(columns)}_idx", "one_stop_case", ["tenant_id", *columns], schema="app"
        )
    op.create_index(
        "one_stop_case_search_norm_idx",
        "one_stop_case",
        ["tenant_id", "search_norm"],
        schema="app",
        postgresql_using="gin",
        postgresql_ops={"search_norm": "app.gin_trgm_lp_ops"},
    )
    op.create_table(
        "case_participant",
        *_tenant_columns(),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("staff_id", sa.Uuid, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="case_participant_pkey"),
        sa.UniqueConstraint("tenant_id", "case_id", "staff_id", name="case_participant_tenant_id_case_id_staff_id_key"),
        sa.CheckConstraint("relation in ('receiver', 'handler')", name=op.f("case_participant_relation_check")),
        _key("case_participant", "case_id", "one_stop_case"),
        _key("case_participant", "staff_id", "staff"),
        schema="app",
    )


def _tenant_columns() -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{other}.tenant_id", f"app.{other}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )
