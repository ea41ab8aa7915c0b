"""Running one message: what stands between the queue and a job's function."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lienxa.platform.db.session import Database
from lienxa.platform.jobs.actors import Job
from lienxa.platform.jobs.repository import begin_once, enqueue
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import GONE

# How often a job of a suspended organ asks whether it may begin.
PAUSE = timedelta(minutes=5)


async def run_job(job: Job, database: Database, message_id: UUID, values: tuple[Any, ...]) -> None:
    """Do the job of a message; `values` are its arguments as they travelled.

    What would change a suspended organ waits until it is resumed; an organ that is erased wants nothing any more.
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
            await enqueue(session, job, tenant_id, *job.from_json(values[1:]), delay=PAUSE)
        elif state not in GONE:
            await job.function(session, *job.from_json(values[1:]))
