"""Events and their seals. The application role may insert and read them, never change or delete them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import (
    BESIDE_THE_OFFICE,
    PLACEMENT,
    ControlBase,
    TenantScoped,
    metadata,
    tenant_index,
    tenant_key,
    tenant_table,
    tenant_unique,
)

# Filled by a trigger with each event. Schema `control`, so that one look finds the organs that have something to seal.
audit_unsealed = Table(
    "audit_unsealed",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    schema="control",
    info={PLACEMENT: BESIDE_THE_OFFICE},
)


class StrangersRefused(ControlBase):
    """How often nobody in particular was refused in one minute, until it is in the trail. `network` may be empty."""

    __tablename__ = "strangers_refused"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    window_started_at: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int]


class AuditEvent(TenantScoped):
    """Who did what to which thing, acting in which post. `detail` holds scalars, never a document's text."""

    __tablename__ = "audit_event"
    __table_args__ = tenant_table(
        tenant_index("audit_event", "object_id", "at"),
        # for the search of the trail: all of it, of one person, of one kind of act, newest first
        tenant_index("audit_event", "at", "id"),
        tenant_index("audit_event", "staff_id", "at", "id"),
        tenant_index("audit_event", "action", "at", "id"),
    )

    at: Mapped[datetime]
    account_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    staff_name: Mapped[str]
    post_title: Mapped[str]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)


class HeadReceiver(TenantScoped):
    """An address to which the end of the chain is sent each day."""

    __tablename__ = "head_receiver"
    __table_args__ = tenant_table(tenant_unique("address"))

    address: Mapped[str]


class AuditSeal(TenantScoped):
    """The place of one event in the chain: `mac` is an HMAC over the event and the previous seal's `mac`.

    `key_id` tells under which key (`sealing.key_id`); it is empty on seals from before keys could be changed.
    """

    __tablename__ = "audit_seal"
    __table_args__ = tenant_table(
        tenant_key("event_id", "audit_event"), tenant_unique("number"), tenant_unique("event_id")
    )

    number: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID]
    sealed_at: Mapped[datetime]
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str | None]
