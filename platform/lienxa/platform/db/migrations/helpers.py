"""What migrations do to every table: row security, policies and grants."""

from alembic import op

ALL = "select, insert, update, delete"


def protect(table: str, privileges: str = ALL) -> None:
    """Force row security on `app.<table>`, bind it to the current tenant and grant `privileges` to lx_app.

    An append-only table is granted `select, insert`; TRUNCATE is never granted (it ignores row security).
    """
    op.execute(f"alter table app.{table} enable row level security")
    op.execute(f"alter table app.{table} force row level security")
    op.execute(
        f"create policy tenant on app.{table} using (tenant_id = app.current_tenant()) "
        "with check (tenant_id = app.current_tenant())"
    )
    op.execute(f"grant {privileges} on app.{table} to lx_app")


def grant_control(table: str, *, app: str = ALL, operator: str = "") -> None:
    """Grant `control.<table>` to lx_app and, where it needs it, to lx_operator."""
    if app:
        op.execute(f"grant {app} on control.{table} to lx_app")
    if operator:
        op.execute(f"grant {operator} on control.{table} to lx_operator")
