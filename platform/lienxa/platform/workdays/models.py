"""What an organ changes in the national calendar."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_table, tenant_unique


class CalendarChange(TenantScoped):
    """A day on which the organ does not work as the national calendar says.

    `kind`: `day_off`, `working_day` (a weekend day on which everybody works) or `morning` (the counter opens for the
    morning of a day that is no working day). `origin`: `own`, or `above` for the copy of what the organ above has
    published; where both name a day, the one from above holds.
    """

    __tablename__ = "calendar_change"
    __table_args__ = tenant_table(
        tenant_unique("day", "origin"),
        CheckConstraint("kind in ('day_off', 'working_day', 'morning')", name="kind"),
        CheckConstraint("origin in ('own', 'above')", name="origin"),
    )

    day: Mapped[date]
    kind: Mapped[str]
    name: Mapped[str]
    origin: Mapped[str] = mapped_column(default="own")
    changed_at: Mapped[datetime]
