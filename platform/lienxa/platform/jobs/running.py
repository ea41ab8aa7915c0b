"""Running one message: what stands between the queue and a job's function."""

from typing import Any
from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.jobs.actors import Job
from lienxa.platform.jobs.repository import begin_once


async def run_job(job: Job, database: Database, message_id: UUID, values: tuple[Any, ...]) -> None:
    """Do the job of a message; `values` are its arguments as they travelled."""
    if not job.of_tenant:
        await job.function(database, *job.from_json(values))
        return
    async with database.tenant(UUID(values[0])) as session:
        if await begin_once(session, message_id):
            await job.function(session, *job.from_json(values[1:]))
