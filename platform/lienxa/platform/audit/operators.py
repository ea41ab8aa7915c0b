"""The operators' own trail, apart from every organ's, sealed as theirs are. It holds no office content."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Row, Table, Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform import clock, ids
from lienxa.platform.db.base import ControlBase, metadata
from lienxa.platform.db.session import ControlSession
from lienxa.platform.tenancy.models import Tenant

PAGE = 50
OPERATORS = UUID(int=0)
"""Where the operators' trail stands among those of the organs: in published heads and in letters."""

# Filled by a trigger with each event, as `audit_unsealed` is of the organs.
operator_unsealed = Table("operator_unsealed", metadata, Column("event_id", Uuid, primary_key=True), schema="control")


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


class OperatorSeal(ControlBase):
    """The place of one event in the operators' chain, as `AuditSeal` is in an organ's."""

    __tablename__ = "operator_seal"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("control.operator_event.id"), unique=True)
    sealed_at: Mapped[datetime]
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str]


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
