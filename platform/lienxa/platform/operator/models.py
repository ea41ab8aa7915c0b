"""The operator's own trail. It holds no office content."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform import ids
from lienxa.platform.db.base import ControlBase


class OperatorEvent(ControlBase):
    """What an operator (the login name on the machine) did to which organ."""

    __tablename__ = "operator_event"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    at: Mapped[datetime]
    operator: Mapped[str]
    action: Mapped[str]
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"), index=True)
