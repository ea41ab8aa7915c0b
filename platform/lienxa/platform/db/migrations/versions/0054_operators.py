"""Accounts say who is an operator, so that they can be listed; the issuer goes on to decide it."""

import sqlalchemy as sa
from alembic import op

revision = "0054_operators"
down_revision = "0053_job_deliveries"


def upgrade() -> None:
    """Add the day, and fill it in from the embedded issuer and from who signed in as an operator."""
    op.add_column("account", sa.Column("operator_since", sa.DateTime(timezone=True), nullable=True), schema="control")
    op.execute(
        "update control.account a set operator_since = a.created_at where "
        "exists (select from control.issuer_user u where u.sub = a.sub and 'operator' = any (u.roles)) or "
        "exists (select from control.operator_event e "
        "where e.operator = a.username and e.action = 'operator.signed_in')"
    )
