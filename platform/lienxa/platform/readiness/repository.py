"""All SQL of readiness."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, select

from lienxa.platform.access.models import Staff
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.readiness.models import PhaseChange, ReadinessConfirmation
from lienxa.platform.tenancy.models import Tenant


async def confirmations(session: TenantSession) -> Sequence[AnyRow]:
    """`(item, confirmed_at, note, name)` of what is confirmed."""
    query = (
        select(
            ReadinessConfirmation.item,
            ReadinessConfirmation.confirmed_at,
            ReadinessConfirmation.note,
            Staff.full_name.label("name"),
        )
        .join(
            Staff,
            and_(Staff.tenant_id == ReadinessConfirmation.tenant_id, Staff.id == ReadinessConfirmation.confirmed_by),
        )
        .where(ReadinessConfirmation.revoked_at.is_(None))
    )
    return (await session.execute(query)).all()


async def confirmation(session: TenantSession, item: str) -> ReadinessConfirmation | None:
    """The confirmation of an item that holds, locked."""
    query = select(ReadinessConfirmation).where(
        ReadinessConfirmation.item == item, ReadinessConfirmation.revoked_at.is_(None)
    )
    return await session.scalar(query.with_for_update())


async def changes(session: TenantSession) -> Sequence[PhaseChange]:
    """The phases that the organ entered, the latest first."""
    return (await session.scalars(select(PhaseChange).order_by(PhaseChange.at.desc(), PhaseChange.id.desc()))).all()


async def present(session: TenantSession) -> Tenant:
    """The registry's row of the session's organ, as it is now and not as a request remembers it."""
    return (await session.scalars(select(Tenant).where(Tenant.id == session.tenant_id))).one()


async def enter(session: TenantSession, phase: str, moment: datetime) -> bool:
    """Let the session's organ enter a phase; False if no step leads there from where it is."""
    entering = select(func.control.enter_phase(phase, moment))
    return bool(await session.scalar(entering))
