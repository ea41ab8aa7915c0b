"""The registry of organs."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform import ids
from lienxa.platform.db.base import PLACEMENT, REFERENCE, ControlBase


class Tenant(ControlBase):
    """An organ: commune, township, district or province. `parent_id` builds the tree.

    `level_label` is what people call its level (`xã`, `huyện`); nothing in code depends on it. A `suspended` organ may
    be read; of one that is `erased` only this row is left, for the operators' trail and its certificate. `erase_at` is
    when that begins, once it is decided and as long as it may be called back.

    `phase` is another axis: `preparing`, `parallel` (the paper registers count, what is entered here is on trial) or
    `live`, since `phase_since` (empty: always). The latest parallel run went from `trial_from` to `trial_until`.
    """

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("kind in ('commune', 'township', 'district', 'province')", name="kind"),
        CheckConstraint("state in ('preparing', 'active', 'suspended', 'erasing', 'erased')", name="state"),
        CheckConstraint("phase in ('preparing', 'parallel', 'live')", name="phase"),
        CheckConstraint("(phase = 'parallel') = (trial_from is not null and trial_until is null)", name="trial"),
        {"schema": "control", "info": {PLACEMENT: REFERENCE}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    level_label: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    state: Mapped[str] = mapped_column(default="active")
    demonstration: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    phase: Mapped[str] = mapped_column(default="live", server_default="live")
    phase_since: Mapped[datetime | None]
    trial_from: Mapped[datetime | None]
    trial_until: Mapped[datetime | None]
    erase_at: Mapped[datetime | None]


class Preparation(ControlBase):
    """How far the demonstration's year of an organ is: counts alone, never what was made.

    Written beside the transaction that makes the year, so that whoever waits sees it grow.
    """

    __tablename__ = "preparation"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'making', 'failed', 'done')", name="state"),
        {"schema": "control"},
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), primary_key=True)
    state: Mapped[str]
    made: Mapped[int]
    expected: Mapped[int]


class TenantHost(ControlBase):
    """A host name (without port, lower case) that leads to an organ.

    One that the organ has moved away from is retired: until then it leads on to the present one.
    """

    __tablename__ = "tenant_host"

    host: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    retired_until: Mapped[datetime | None]


class Succession(ControlBase):
    """An organ that follows another from `from_day` on. A merger has several predecessors, a split several successors.

    `work_id` is the act that carries it out; `done_at` is empty until everything has passed. `passed` counts the things
    that went over; what they are stands in the passages of both, as no operator reads an office.
    """

    __tablename__ = "succession"

    predecessor_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), primary_key=True)
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), primary_key=True, index=True)
    work_id: Mapped[UUID] = mapped_column(ForeignKey("control.organ_work.id"), index=True)
    from_day: Mapped[date]
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    passed: Mapped[int] = mapped_column(default=0)
