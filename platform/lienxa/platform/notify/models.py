"""The table of notices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import column
from sqlalchemy.orm import Mapped

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_table


class Notice(TenantScoped):
    """A line for one account: what happened (`title`, as it was told then) and where (`path` of this organ's host).

    `kind` is the act that it tells of (`documents.direct`); `read_at` is empty until the person has looked.
    """

    __tablename__ = "notice"
    __table_args__ = tenant_table(
        tenant_index("notice", "account_id", "created_at", "id"),
        tenant_index("notice", "account_id", postgresql_where=column("read_at").is_(None)),
        tenant_index("notice", "created_at"),
    )

    account_id: Mapped[UUID]
    created_at: Mapped[datetime]
    kind: Mapped[str]
    title: Mapped[str]
    path: Mapped[str]
    read_at: Mapped[datetime | None]
