"""The operators' own trail, apart from every organ's. It holds no office content."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Row, select
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform import clock, ids
from lienxa.platform.db.base import ControlBase
from lienxa.platform.db.session import ControlSession
from lienxa.platform.tenancy.models import Tenant

PAGE = 50


class OperatorEvent(ControlBase):
    """What an operator did, to which organ if to one. `operator` is a user name, or the login on the machine.

    `detail` says in words to what else, and why if the operator was asked for a reason.
    """

    __tablename__ = "operator_event"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    at: Mapped[datetime]
    operator: Mapped[str]
    action: Mapped[str]
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    detail: Mapped[str] = mapped_column(default="", server_default="")


def note(control: ControlSession, operator: str, action: str, tenant_id: UUID | None = None, detail: str = "") -> None:
    """Append an event; it is written with the next flush of the act's transaction."""
    event = OperatorEvent(at=clock.now(), operator=operator, action=action, tenant_id=tenant_id, detail=detail)
    control.add(event)


async def latest(
    control: ControlSession, before: UUID | None = None
) -> Sequence[Row[UUID, datetime, str, str, str, str]]:
    """`(id, at, operator, action, organ, detail)` of a page of events, the latest made first, from `before` on."""
    query = (
        select(
            OperatorEvent.id,
            OperatorEvent.at,
            OperatorEvent.operator,
            OperatorEvent.action,
            Tenant.name.label("organ"),
            OperatorEvent.detail,
        )
        .outerjoin(Tenant, Tenant.id == OperatorEvent.tenant_id)
        .order_by(OperatorEvent.id.desc())
        .limit(PAGE)
    )
    if before is not None:
        query = query.where(OperatorEvent.id < before)
    return (await control.execute(query)).all()
