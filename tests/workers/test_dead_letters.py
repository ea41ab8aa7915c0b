"""A job that failed for good, and what becomes of it when an operator wants it again."""

from typing import Any
from uuid import UUID

import trial_jobs
from sqlalchemy import func, select

from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import enqueue
from lienxa.platform.jobs.models import DoneJob, JobKind, QueuedJob
from lienxa.platform.operator import dead_letters

TENANT = UUID("01900000-0000-7000-8000-000000000001")


async def test_a_dead_job_is_mended_wanted_again_and_done_once_though_its_worker_is_killed(
    database: Database, processes: Any, until: Any
) -> None:
    async def states() -> list[str]:
        async with database.control() as control:
            return list(await control.scalars(select(QueuedJob.state)))

    async def dead() -> bool:
        return await states() == ["rejected"]

    async def empty() -> bool:
        return await states() == []

    async def noted() -> JobKind | None:
        async with database.control() as control:
            return await control.get(JobKind, "trial_jobs.fail_until_mended")

    async def failure_is_noted() -> bool:
        kind = await noted()
        return kind is not None and kind.error == "ValueError" and kind.done_at is None

    first = processes.worker("quick")
    async with database.tenant(TENANT) as session:
        await enqueue(session, trial_jobs.fail_until_mended, TENANT, "mended later")
    await until(dead)
    await until(failure_is_noted)
    async with database.control() as control:
        (letter,) = await dead_letters.page_of(control)
    assert (letter.job, letter.error, letter.tries) == ("trial_jobs.fail_until_mended", "ValueError", 1)
    assert letter.place.startswith("trial_jobs.py:")
    assert trial_jobs.SECRET not in str(letter)

    (processes.folder / "mended").touch()
    for _click in range(2):
        async with database.control() as control:
            await dead_letters.retry(control, "van-hanh", letter.id, letter.died)
    await until(lambda: processes.began("mended later") == 2)
    first.kill()
    first.wait()
    processes.worker("quick")
    await until(empty)

    assert processes.began("mended later") == 3
    async with database.tenant(TENANT) as session:
        effects = select(func.count()).where(AuditEvent.detail["name"].astext == "mended later")
        assert (await session.execute(effects)).scalar_one() == 1
    async with database.control() as control:
        assert await control.scalar(select(func.count()).select_from(DoneJob)) == 1

    async def end_is_noted() -> bool:
        kind = await noted()
        return kind is not None and kind.done_at is not None and kind.milliseconds is not None

    await until(end_is_noted)
