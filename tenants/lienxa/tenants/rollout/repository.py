"""All SQL of this module."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from lienxa.platform.db.session import TenantSession
from lienxa.tenants.rollout.models import RolloutPlan, RolloutUnit


async def units(session: TenantSession) -> Sequence[RolloutUnit]:
    """The progress of every organ that the parent has planned."""
    return (await session.scalars(select(RolloutUnit))).all()


async def unit_of(session: TenantSession, organ_id: UUID, *, lock: bool = False) -> RolloutUnit | None:
    """The progress of one organ."""
    query = select(RolloutUnit).where(RolloutUnit.organ_id == organ_id)
    return await session.scalar(query.with_for_update() if lock else query)


async def scheme(session: TenantSession) -> str:
    """The number of the parent's scheme, or empty."""
    return await session.scalar(select(RolloutPlan.scheme).limit(1)) or ""
