"""The way of a result: drafted, signed, numbered and sealed; apology with one new date."""

import sqlalchemy as sa
from alembic import op

revision = "0010_2_case_results"
down_revision = "0012_2_operator_page"

_INSTANT = sa.DateTime(timezone=True)
_STATES = (
    "'received', 'processing', 'supplement', 'signing', 'signed', 'done', 'returned', 'refused', 'withdrawn', 'stopped'"
)
_NEW_RIGHTS = (
    ("leader", "procedures.sign"),
    ("clerk", "procedures.use"),
    ("clerk", "procedures.seal"),
    ("administrator", "workdays.manage"),
    ("watcher", "workdays.manage"),
)


def upgrade() -> None:
    """Add what is new; cases and procedures that exist go on, and roles that exist get the new rights."""
    op.add_column(
        "procedure", sa.Column("result_type", sa.Text, nullable=False, server_default=sa.text("''")), schema="app"
    )
    for column in (
        sa.Column("signer_id", sa.Uuid, nullable=True),
        sa.Column("signer_title", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("signed_at", _INSTANT, nullable=True),
        sa.Column("rework_reason", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("result_document_id", sa.Uuid, nullable=True),
        sa.Column("result_number", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("apologised_at", _INSTANT, nullable=True),
        sa.Column("apology_reason", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("first_due_at", _INSTANT, nullable=True),
    ):
        op.add_column("one_stop_case", column, schema="app")
    _replace_check("one_stop_case", "state", f"state in ({_STATES})")
    _replace_check("one_stop_case", "apology", "(apologised_at is null) = (first_due_at is null)", new=True)
    _replace_check("case_participant", "relation", "relation in ('receiver', 'handler', 'signer', 'sealer')")
    op.execute("reset role")  # rows of all organs and keys on tables that exist: only the migrator's own login may
    for key, table in (("signer_id", "staff"), ("result_document_id", "document")):
        op.create_foreign_key(
            f"one_stop_case_tenant_id_{key}_fkey",
            "one_stop_case",
            table,
            ["tenant_id", key],
            ["tenant_id", "id"],
            source_schema="app",
            referent_schema="app",
        )
    for role, right in _NEW_RIGHTS:
        op.execute(
            "insert into app.role_permission (tenant_id, id, role_id, permission) "
            f"select tenant_id, gen_random_uuid(), id, '{right}' from app.role where code = '{role}' "
            "on conflict do nothing"
        )
    op.execute("set role lx_owner")


def _replace_check(table: str, name: str, condition: str, *, new: bool = False) -> None:
    if not new:
        op.drop_constraint(op.f(f"{table}_{name}_check"), table, schema="app")
    op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition, schema="app")
