"""Running one message: what stands between the queue and a job's function."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs.actors import Job
from lienxa.platform.jobs.repository import begin_once, enqueue
from lienxa.platform.tenancy.models import Succession, Tenant
from lienxa.platform.tenancy.organs import GONE

# How often a job of a suspended organ asks whether it may begin.
PAUSE = timedelta(minutes=5)


async def run_job(job: Job, database: Database, message_id: UUID, values: tuple[Any, ...]) -> None:
    """Do the job of a message; `values` are its arguments as they travelled.

    What would change a suspended organ waits until it is resumed. One that handed all of its work over never is, and an
    organ that is erased wants nothing any more.
    """
    if not job.of_tenant:
        await job.function(database, *job.from_json(values))
        return
    tenant_id = UUID(values[0])
    async with database.tenant(tenant_id) as session:
        if not await begin_once(session, message_id):
            return
        state = await session.scalar(select(Tenant.state).where(Tenant.id == tenant_id))
        if state == "suspended" and not job.while_suspended:
            if await _handed_over(session, tenant_id):
                return
            await enqueue(session, job, tenant_id, *job.from_json(values[1:]), delay=PAUSE)
        elif state not in GONE:
            await job.function(session, *job.from_json(values[1:]))


async def _handed_over(session: TenantSession, tenant_id: UUID) -> bool:
    """Whether others follow the organ, and everything has passed to them."""
    done = select(Succession.done_at).where(Succession.predecessor_id == tenant_id)
    found = (await session.scalars(done)).all()
    return bool(found) and None not in found
