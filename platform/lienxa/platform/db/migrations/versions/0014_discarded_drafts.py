"""Documents: drafts that were given up stay readable."""

import sqlalchemy as sa
from alembic import op

revision = "0014_discarded_drafts"
down_revision = "0016_password_renewal"


def upgrade() -> None:
    """Add when and why a draft was given up, and let the states know it."""
    op.add_column("document", sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True), schema="app")
    op.add_column(
        "document",
        sa.Column("discarded_reason", sa.Text, nullable=False, server_default=sa.text("''")),
        schema="app",
    )
    _check(
        "state",
        "direction = 'incoming' and state in ('registered', 'proposed', 'directed', 'answered', 'done', 'struck') or "
        "direction = 'outgoing' and state in ('draft', 'content_check', 'form_check', 'submitted', 'returned', "
        "'signed', 'numbered', 'issued', 'struck', 'discarded')",
    )
    _check(
        "number",
        "(number is null) = (series_id is null) and (number is null) = (period is null) and (number is null) = "
        "(state in ('draft', 'content_check', 'form_check', 'submitted', 'returned', 'signed', 'discarded'))",
    )
    _check("discarded", "(state = 'discarded') = (discarded_at is not null)")


def _check(name: str, condition: str) -> None:
    op.execute(f"alter table app.document drop constraint if exists document_{name}_check")
    op.create_check_constraint(op.f(f"document_{name}_check"), "document", condition, schema="app")
