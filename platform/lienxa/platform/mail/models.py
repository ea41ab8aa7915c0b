"""Letters that were written, and what became of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform import ids
from lienxa.platform.db.base import ControlBase

PENDING, SENT, FAILED = "pending", "sent", "failed"


class Mail(ControlBase):
    """A letter to one address, for an organ or (without `tenant_id`) for the installation; no office content.

    `state` is pending, sent or failed. `error` is what the mail server said the last time, empty if it took it.
    """

    __tablename__ = "mail"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    tenant_id: Mapped[UUID | None] = mapped_column(index=True)
    receiver: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    written_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
