"""Receivers of events may be paused because their organ was restored from an archive."""

from alembic import op

revision = "0050_restored_receivers"
down_revision = "0049_erased_accounts"


def upgrade() -> None:
    """Widen the check."""
    name = op.f("webhook_subscription_paused_reason_check")
    op.drop_constraint(name, "webhook_subscription", schema="app")
    op.create_check_constraint(
        name,
        "webhook_subscription",
        "paused_reason in ('', 'by_hand', 'failing', 'gone', 'restored')",
        schema="app",
    )
