"""Marks and figures."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import Base, TenantScoped, metadata, tenant_table, tenant_unique

# One row for every act, without a key: an upserted flag would make all writers of an organ queue behind each other.
# `traceparent` (W3C) is the act's trace, which the recomputation continues; empty if nothing traces.
rollup_mark = Table(
    "rollup_mark",
    metadata,
    Column("tenant_id", Uuid, nullable=False),
    Column("module", Text, nullable=False),
    Column("marked_at", DateTime(timezone=True), nullable=False),
    Column("traceparent", Text, nullable=True),
    Index("rollup_mark_tenant_id_module_idx", "tenant_id", "module"),
    schema="control",
)


class StoredFigure(Base):
    """A figure of one month of `tenant_id`, as `reader_id` may see it; written once for each reader.

    A tenant reads its own figures and those written for it; it writes only its own.
    """

    __tablename__ = "figure"
    __table_args__ = (Index("figure_tenant_id_module_idx", "tenant_id", "module"), {"schema": "rollup"})

    reader_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime]


class ReportingDay(TenantScoped):
    """From the month `from_month` (its first day) on months of figures end on `last_day`, 0: with the calendar's.

    The topmost organ sets it; those below have copies.
    """

    __tablename__ = "reporting_day"
    __table_args__ = tenant_table(
        tenant_unique("from_month"), CheckConstraint("last_day between 0 and 28", name="last_day")
    )

    from_month: Mapped[date]
    last_day: Mapped[int]
    changed_at: Mapped[datetime]
