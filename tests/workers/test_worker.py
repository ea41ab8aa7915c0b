"""Worker processes: killed, stopped, failing, and full."""

import asyncio
import signal
import time
from typing import Any
from uuid import UUID

import pytest
import trial_jobs
from sqlalchemy import func, select

from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.jobs.models import DoneJob, QueuedJob
from lienxa.platform.jobs.repository import queue_states, workers
from lienxa.platform.operator import dead_letters

TENANT = UUID("01900000-0000-7000-8000-000000000001")


async def _want(database: Database, job: Job, name: str) -> None:
    async with database.tenant(TENANT) as session:
        await enqueue(session, job, TENANT, name)


async def _effects(database: Database, name: str) -> int:
    async with database.tenant(TENANT) as session:
        of_name = select(func.count()).where(AuditEvent.detail["name"].astext == name)
        return (await session.execute(of_name)).scalar_one()


async def _states(database: Database) -> list[str]:
    async with database.control() as session:
        return list(await session.scalars(select(QueuedJob.state)))


async def _queue_is_empty(database: Database) -> bool:
    return await _states(database) == []


@pytest.mark.parametrize("job", [trial_jobs.quick_hang_once, trial_jobs.heavy_hang_once], ids=lambda job: job.queue)
async def test_a_job_whose_worker_is_killed_ends_once(database: Database, processes: Any, until: Any, job: Job) -> None:
    first = processes.worker(job.queue)
    await _want(database, job, "killed")
    await until(lambda: processes.began("killed") == 1)
    first.kill()
    first.wait()
    assert await _effects(database, "killed") == 0

    processes.worker(job.queue)
    await until(lambda: _queue_is_empty(database))

    assert processes.began("killed") >= 2
    assert await _effects(database, "killed") == 1
    async with database.control() as session:
        assert await session.scalar(select(func.count()).select_from(DoneJob)) == 1


@pytest.mark.parametrize("job", [trial_jobs.quick_hang_once, trial_jobs.heavy_hang_once], ids=lambda job: job.queue)
async def test_a_worker_stops_soon_and_gives_its_job_back(
    database: Database, processes: Any, until: Any, job: Job
) -> None:
    worker = processes.worker(job.queue)
    await _want(database, job, "stopped")
    await until(lambda: processes.began("stopped") == 1)
    async with database.control() as session:
        (known,) = await workers(session)
    assert (known.queue, known.holds) == (job.queue, 1), "operators see which one it is"

    told = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(worker.wait, 20) == 0
    assert time.monotonic() - told < 8, "three seconds, and what a busy machine adds"

    assert await _states(database) == ["queued"], "at once, not after a time-out"
    assert await _effects(database, "stopped") == 0


async def test_a_failing_job_stays_visible_and_says_nothing_about_people(
    database: Database, processes: Any, until: Any
) -> None:
    processes.worker("quick")
    await _want(database, trial_jobs.fail, "failing")

    async def dead() -> bool:
        return await _states(database) == ["rejected"]

    await until(dead)
    async with database.control() as control:
        message = (await control.scalars(select(QueuedJob.message))).one()
        (letter,) = await dead_letters.page_of(control)
        (state,) = [state for state in await queue_states(control) if state.queue == "quick"]
    assert processes.began("failing") == 2, "one retry"
    assert (letter.error, letter.tries, state.dead, state.lost) == ("ValueError", 2, 1, 0)
    assert "trial_jobs.py" in message["options"]["traceback"]
    assert message["options"]["traceback"].endswith("ValueError")
    assert trial_jobs.SECRET not in str(message)
    assert await _effects(database, "failing") == 0


async def test_quick_jobs_run_while_heavy_ones_fill_their_worker(
    database: Database, processes: Any, until: Any
) -> None:
    processes.worker("heavy")
    processes.worker("quick")
    for number in range(5):
        await _want(database, trial_jobs.heavy_hang_once, f"heavy-{number}")
    await until(lambda: sum(processes.began(f"heavy-{number}") for number in range(5)) == 2)

    await _want(database, trial_jobs.quick_effect, "quick")
    async with database.control() as session:
        await enqueue(session, trial_jobs.platform_effect, "platform")
    await until(lambda: processes.began("quick") and processes.began("platform"))

    async def remaining() -> bool:
        return sorted(await _states(database)) == ["consumed", "consumed", "queued", "queued", "queued"]

    await until(remaining)
    assert await _effects(database, "quick") == 1
