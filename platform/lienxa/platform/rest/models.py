"""Service accounts with what they may do, and answers that are kept for repeated requests."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique


class ServiceAccount(TenantScoped):
    """Another system that calls the API of this organ. Its `id` is that of its row in `staff`, which holds its name.

    Of its token only the SHA-256 and the last letters (`token_hint`) are kept. `expires_on` is the last day. It acts in
    the unit that looks after it.
    """

    __tablename__ = "service_account"
    __table_args__ = tenant_table(
        tenant_key("id", "staff"),
        tenant_key("unit_id", "unit"),
        tenant_key("created_by", "staff"),
        tenant_unique("token_hash"),
    )

    unit_id: Mapped[UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    token_hint: Mapped[str]
    expires_on: Mapped[date]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ServiceAccountPermission(TenantScoped):
    """One permission of a service account."""

    __tablename__ = "service_account_permission"
    __table_args__ = tenant_table(
        tenant_key("account_id", "service_account"), tenant_unique("account_id", "permission")
    )

    account_id: Mapped[UUID]
    permission: Mapped[str]


class ServiceAccountBody(TenantScoped):
    """One body whose things a service account reaches."""

    __tablename__ = "service_account_body"
    __table_args__ = tenant_table(
        tenant_key("account_id", "service_account"),
        tenant_key("body_id", "body"),
        tenant_unique("account_id", "body_id"),
    )

    account_id: Mapped[UUID]
    body_id: Mapped[UUID]


class ApiRequest(TenantScoped):
    """A request with an `Idempotency-Key` that was carried out, and its answer.

    `account_id` is that of a person or of a service account; `fingerprint` is the SHA-256 of method, address and body.
    """

    __tablename__ = "api_request"
    __table_args__ = tenant_table(tenant_unique("account_id", "key"), tenant_index("api_request", "received_at"))

    account_id: Mapped[UUID]
    key: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    content_type: Mapped[str]
    location: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
