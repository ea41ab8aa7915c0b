"""All SQL of this module."""

from uuid import UUID

from sqlalchemy import select

from lienxa.platform.db.session import TenantSession
from lienxa.tenants.rollout.models import RolloutPlan, RolloutUnit
from lienxa.tenants.rollout.rules import Progress


async def progress(session: TenantSession) -> dict[UUID, Progress]:
    """How far each organ that the parent has planned has come."""
    rows = await session.execute(
        select(
            RolloutUnit.organ_id,
            RolloutUnit.wave,
            RolloutUnit.state,
            RolloutUnit.civil_servants_moved,
            RolloutUnit.concurrent_inspection_deputy,
            RolloutUnit.changed_on,
            RolloutUnit.invented,
            RolloutUnit.note,
        )
    )
    return {organ_id: Progress(*found) for organ_id, *found in rows}


async def unit_of(session: TenantSession, organ_id: UUID, *, lock: bool = False) -> RolloutUnit | None:
    """The progress of one organ."""
    query = select(RolloutUnit).where(RolloutUnit.organ_id == organ_id)
    return await session.scalar(query.with_for_update() if lock else query)


async def scheme(session: TenantSession) -> str:
    """The number of the parent's scheme, or empty."""
    return await session.scalar(select(RolloutPlan.scheme).limit(1)) or ""
