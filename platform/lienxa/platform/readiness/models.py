"""What people confirmed, and the phases that an organ went through: its own rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table


class ReadinessConfirmation(TenantScoped):
    """Somebody confirmed an item of the readiness list; `item` is its code.

    One that was taken back keeps its row: who confirmed what, and why it did not hold, stays known.
    """

    __tablename__ = "readiness_confirmation"
    __table_args__ = tenant_table(
        tenant_key("confirmed_by", "staff"),
        tenant_key("revoked_by", "staff"),
        Index(
            "readiness_confirmation_item_key",
            "tenant_id",
            "item",
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
        CheckConstraint(
            "(revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (revoke_reason = '')",
            name="revoked",
        ),
    )

    item: Mapped[str]
    confirmed_by: Mapped[UUID]
    confirmed_at: Mapped[datetime]
    note: Mapped[str]
    revoked_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str] = mapped_column(default="")


class PhaseChange(TenantScoped):
    """The organ entered a phase: who decided it, on what basis, and what was missing then.

    `made_by` is empty where an operator did it. `outcome` says in sentences what happened to the books.
    """

    __tablename__ = "phase_change"
    __table_args__ = tenant_table(
        tenant_key("made_by", "staff"),
        tenant_index("phase_change", "at"),
        CheckConstraint("phase in ('preparing', 'parallel', 'live')", name="phase"),
    )

    phase: Mapped[str]
    at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    made_by_name: Mapped[str]
    basis: Mapped[str]
    reason: Mapped[str]
    missing: Mapped[list[Any]] = mapped_column(JSONB)
    outcome: Mapped[list[Any]] = mapped_column(JSONB)
