"""Records of handing work over (biên bản bàn giao). They are written once and never changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique


class WorkTransfer(TenantScoped):
    """One person gave their open work to others. Names and posts are kept as they were, so that it prints the same.

    `last_day` is the giver's last day, empty if they only gave work away and stayed.
    """

    __tablename__ = "work_transfer"
    __table_args__ = tenant_table(
        tenant_key("giver_id", "staff"),
        tenant_key("made_by", "staff"),
        tenant_index("work_transfer", "made_at", "id"),
        tenant_index("work_transfer", "giver_id"),
    )

    giver_id: Mapped[UUID]
    giver_name: Mapped[str]
    giver_title: Mapped[str]
    last_day: Mapped[date | None]
    reason: Mapped[str]
    made_by: Mapped[UUID]
    made_by_name: Mapped[str]
    made_by_title: Mapped[str]
    made_at: Mapped[datetime]


class WorkTransferLine(TenantScoped):
    """A thing that went over, as it was called then. `kind` says in words what the receiver is to do with it.

    One that is `restricted` was not to be seen by whoever made the record: its title is between giver and receiver.
    """

    __tablename__ = "work_transfer_line"
    __table_args__ = tenant_table(
        tenant_key("transfer_id", "work_transfer"),
        tenant_key("receiver_id", "staff"),
        tenant_unique("transfer_id", "position"),
        tenant_index("work_transfer_line", "receiver_id"),
    )

    transfer_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[str]
    thing_id: Mapped[UUID]
    path: Mapped[str]
    number: Mapped[str]
    title: Mapped[str]
    due_on: Mapped[date | None]
    note: Mapped[str]
    restricted: Mapped[bool] = mapped_column(default=False)
    receiver_id: Mapped[UUID]
    receiver_name: Mapped[str]
    receiver_title: Mapped[str]
