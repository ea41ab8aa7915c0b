"""Outgoing events: who is told of what, what happened, and what became of telling it."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0022_webhooks"
down_revision = "0023_calendar_feeds"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    _subscriptions()
    _deliveries()
    for table in ("subscription", "topic", "body", "event", "delivery", "attempt"):
        protect(f"webhook_{table}")


def _subscriptions() -> None:
    _table(
        "webhook_subscription",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("previous_secret", sa.LargeBinary, nullable=True),
        sa.Column("previous_until", _INSTANT, nullable=True),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("paused_at", _INSTANT, nullable=True),
        sa.Column("paused_reason", sa.Text, nullable=False),
        sa.Column("failing_since", _INSTANT, nullable=True),
        sa.Column("delivered_at", _INSTANT, nullable=True),
        _key("webhook_subscription", "created_by", "staff"),
        sa.CheckConstraint("paused_reason in ('', 'by_hand', 'failing', 'gone')", name="paused_reason"),
    )
    _table(
        "webhook_topic",
        sa.Column("subscription_id", sa.Uuid, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        _key("webhook_topic", "subscription_id", "webhook_subscription"),
        _unique("webhook_topic", "subscription_id", "event_type"),
    )
    _index("webhook_topic", "event_type")
    _table(
        "webhook_body",
        sa.Column("subscription_id", sa.Uuid, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=False),
        _key("webhook_body", "subscription_id", "webhook_subscription"),
        _key("webhook_body", "body_id", "body"),
        _unique("webhook_body", "subscription_id", "body_id"),
    )


def _deliveries() -> None:
    _table(
        "webhook_event",
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("object_id", sa.Uuid, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("occurred_at", _INSTANT, nullable=False),
        sa.Column("sent_out_at", _INSTANT, nullable=True),
        _key("webhook_event", "body_id", "body"),
    )
    _index("webhook_event", "occurred_at")
    _index("webhook_event", "id", where="sent_out_at is null")
    _table(
        "webhook_delivery",
        sa.Column("subscription_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("next_at", _INSTANT, nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        _key("webhook_delivery", "subscription_id", "webhook_subscription"),
        _key("webhook_delivery", "event_id", "webhook_event"),
        _unique("webhook_delivery", "subscription_id", "event_id"),
        sa.CheckConstraint("state in ('pending', 'delivered', 'failed')", name="state"),
    )
    _index("webhook_delivery", "subscription_id", "created_at", "id")
    _index("webhook_delivery", "event_id")
    _index("webhook_delivery", "next_at", where="state = 'pending'")
    _table(
        "webhook_attempt",
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        _key("webhook_attempt", "delivery_id", "webhook_delivery"),
    )
    _index("webhook_attempt", "delivery_id", "at")


def _table(name: str, *parts: "sa.Column[object] | sa.Constraint") -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{name}_pkey"),
        schema="app",
    )


def _index(table: str, *columns: str, where: str = "") -> None:
    op.create_index(
        f"{table}_{'_'.join(columns)}_idx",
        table,
        ["tenant_id", *columns],
        schema="app",
        postgresql_where=sa.text(where) if where else None,
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("tenant_id", *columns, name=f"{table}_tenant_id_{'_'.join(columns)}_key")


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{target}.tenant_id", f"app.{target}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )
