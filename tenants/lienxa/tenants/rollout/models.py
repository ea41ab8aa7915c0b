"""The rollout of the merged offices, as a parent follows it: its own rows, which name communes by their id alone."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_table, tenant_unique


class RolloutPlan(TenantScoped):
    """What the rollout rests on: the parent's scheme (`07-ĐA/HU`). One row a parent."""

    __tablename__ = "rollout_plan"
    __table_args__ = tenant_table(tenant_unique("scheme"))

    scheme: Mapped[str]


class RolloutUnit(TenantScoped):
    """How far one organ below has come. `organ_id` is its id in the registry.

    `changed_on` is the day of the present state; empty where nobody has said it. `invented` marks days made up for
    the demonstration.
    """

    __tablename__ = "rollout_unit"
    __table_args__ = tenant_table(
        tenant_unique("organ_id"),
        CheckConstraint("state in ('planned', 'staff_moved', 'merged')", name="state"),
        CheckConstraint("civil_servants_moved >= 0", name="moved"),
    )

    organ_id: Mapped[UUID]
    wave: Mapped[str]
    state: Mapped[str]
    civil_servants_moved: Mapped[int | None]
    concurrent_inspection_deputy: Mapped[bool | None]
    changed_on: Mapped[date | None]
    invented: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str]
