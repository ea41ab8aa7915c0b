"""Who is told of what, what happened, and what became of telling it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, LargeBinary, Table, Uuid, column
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, metadata, tenant_index, tenant_key, tenant_table, tenant_unique

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
BY_HAND, FAILING, GONE, RESTORED = "by_hand", "failing", "gone", "restored"

# For operators, who see no row of any office: since when the oldest event waits that a receiver failed to take. Kept
# beside the deliveries, from the first failed attempt until all arrived or were given up, or the receiver is paused.
webhook_lag = Table(
    "webhook_lag",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    schema="control",
)


class WebhookSubscription(TenantScoped):
    """Another system that is told: its address, and the secret that signs what it gets.

    Secrets are sealed with a key of the application. Until `previous_until` the one before signs as well. While it is
    paused (`paused_at`, why in `paused_reason`) nothing is recorded for it. `failing_since` is the first failed attempt
    after the last that arrived.
    """

    __tablename__ = "webhook_subscription"
    __table_args__ = tenant_table(
        tenant_key("created_by", "staff"),
        CheckConstraint("paused_reason in ('', 'by_hand', 'failing', 'gone', 'restored')", name="paused_reason"),
    )

    name: Mapped[str]
    address: Mapped[str]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    paused_reason: Mapped[str] = mapped_column(default="")
    failing_since: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class WebhookTopic(TenantScoped):
    """One type of event of which a subscription is told."""

    __tablename__ = "webhook_topic"
    __table_args__ = tenant_table(
        tenant_key("subscription_id", "webhook_subscription"),
        tenant_unique("subscription_id", "event_type"),
        tenant_index("webhook_topic", "event_type"),
    )

    subscription_id: Mapped[UUID]
    event_type: Mapped[str]


class WebhookBody(TenantScoped):
    """One body of whose things a subscription is told."""

    __tablename__ = "webhook_body"
    __table_args__ = tenant_table(
        tenant_key("subscription_id", "webhook_subscription"),
        tenant_key("body_id", "body"),
        tenant_unique("subscription_id", "body_id"),
    )

    subscription_id: Mapped[UUID]
    body_id: Mapped[UUID]


class WebhookEvent(TenantScoped):
    """What happened to which thing (`object_id`, at `path` of the API), of which body; None: of all.

    It is written only where somebody is to be told, and holds nothing of the thing itself. `sent_out_at` is empty until
    its deliveries are made.
    """

    __tablename__ = "webhook_event"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"),
        tenant_index("webhook_event", "occurred_at"),
        tenant_index("webhook_event", "id", postgresql_where=column("sent_out_at").is_(None)),
    )

    event_type: Mapped[str]
    object_id: Mapped[UUID]
    body_id: Mapped[UUID | None]
    path: Mapped[str]
    occurred_at: Mapped[datetime]
    sent_out_at: Mapped[datetime | None]


class WebhookDelivery(TenantScoped):
    """One event on its way to one subscription: `pending`, `delivered`, or `failed` when all attempts are used up.

    `turn` numbers the jobs that were wanted for it; only the latest does anything. `tries` counts the attempts since it
    was last sent by hand, `next_at` is when the next is due.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = tenant_table(
        tenant_key("subscription_id", "webhook_subscription"),
        tenant_key("event_id", "webhook_event"),
        tenant_unique("subscription_id", "event_id"),
        tenant_index("webhook_delivery", "subscription_id", "created_at", "id"),
        tenant_index("webhook_delivery", "event_id"),
        tenant_index("webhook_delivery", "next_at", postgresql_where=column("state") == "pending"),
        CheckConstraint("state in ('pending', 'delivered', 'failed')", name="state"),
    )

    subscription_id: Mapped[UUID]
    event_id: Mapped[UUID]
    state: Mapped[str]
    turn: Mapped[int]
    tries: Mapped[int]
    created_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class WebhookAttempt(TenantScoped):
    """One POST: `status` of the answer (None: there was none), how long it took, and what went wrong.

    `answer` is the beginning of the answer's body, 200 characters at most.
    """

    __tablename__ = "webhook_attempt"
    __table_args__ = tenant_table(
        tenant_key("delivery_id", "webhook_delivery"), tenant_index("webhook_attempt", "delivery_id", "at")
    )

    delivery_id: Mapped[UUID]
    at: Mapped[datetime]
    status: Mapped[int | None]
    milliseconds: Mapped[int]
    error: Mapped[str]
    answer: Mapped[str]
