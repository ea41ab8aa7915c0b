"""A job that takes its worker with it: it is put aside after a few runs that never ended, and told as what it is."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
import trial_jobs
from sqlalchemy import func, select

from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.doctor.database import of_queue
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.jobs.deliveries import MOST_LOST
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.jobs.repository import queue_states
from lienxa.platform.operator import dead_letters, standing
from lienxa.platform.telemetry import metrics

TENANT = UUID("01900000-0000-7000-8000-000000000001")

Start = Callable[[], Any]


async def _want(database: Database, job: Job, name: str) -> None:
    async with database.tenant(TENANT) as session:
        await enqueue(session, job, TENANT, name)


async def _states(database: Database) -> list[str]:
    async with database.control() as control:
        return list(await control.scalars(select(QueuedJob.state)))


async def _effects(database: Database, name: str) -> int:
    async with database.tenant(TENANT) as session:
        return (
            await session.execute(select(func.count()).where(AuditEvent.detail["name"].astext == name))
        ).scalar_one()


async def _supervise(start: Start, ended: Callable[[], Awaitable[bool]]) -> int:
    """Start a worker whenever the last one is gone, as the supervisor does; how many were killed until it ended."""
    killed, worker = 0, start()
    while not await ended():
        if worker.poll() == -signal.SIGKILL:
            killed += 1
            worker = start()
        await asyncio.sleep(0.05)
    return killed


async def test_a_job_that_kills_its_worker_is_put_aside_and_told(database: Database, processes: Any) -> None:
    job = trial_jobs.heavy_kill_the_worker
    await _want(database, job, "killer")

    async def aside() -> bool:
        return await _states(database) == ["rejected"]

    async with asyncio.timeout(120):
        killed = await _supervise(lambda: processes.worker(job.queue), aside)

    assert (killed, processes.began("killer")) == (MOST_LOST, MOST_LOST)
    assert await _effects(database, "killer") == 0
    async with database.control() as control:
        (letter,) = await dead_letters.page_of(control)
        (state,) = [state for state in await queue_states(control) if state.queue == job.queue]
        told = await standing.look(control)
    assert (letter.error, letter.tries) == ("WorkerLost", MOST_LOST)
    assert "Tiến trình xử lý chết" in letter.reason
    assert (state.dead, state.lost) == (1, 1)
    assert {labels["queue"]: value for value, labels in told[metrics.QUEUE_LOST]}[job.queue] == 1
    (finding,) = [finding for finding in of_queue(state) if finding.check == "lost workers"]
    assert finding.verdict == "wrong"


async def test_what_was_put_aside_is_mended_wanted_again_and_done(
    database: Database, processes: Any, until: Any, owner_dsn: str
) -> None:
    await _want(database, trial_jobs.kill_the_worker, "mended later")
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("update control.job_queue set deliveries = %s", [MOST_LOST])

    async def aside() -> bool:
        return await _states(database) == ["rejected"]

    async def empty() -> bool:
        return await _states(database) == []

    processes.worker("quick")
    await until(aside)
    assert processes.began("mended later") == 0
    (processes.folder / "mended").touch()
    async with database.control() as control:
        (letter,) = await dead_letters.page_of(control)
        await dead_letters.retry(control, "van-hanh", letter.id, letter.died)
    await until(empty)
    assert processes.began("mended later") == 1
    assert await _effects(database, "mended later") == 1


async def test_a_worker_that_is_told_to_stop_loses_no_run(database: Database, processes: Any, until: Any) -> None:
    await _want(database, trial_jobs.quick_hang_once, "stopped")
    worker = processes.worker("quick")
    await until(lambda: processes.began("stopped") == 1)
    async with database.control() as control:
        assert list(await control.scalars(select(QueuedJob.deliveries))) == [1]
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(worker.wait, 20) == 0
    async with database.control() as control:
        row = (await control.scalars(select(QueuedJob))).one()
    assert (row.state, row.deliveries, row.begun_by) == ("queued", 0, None)
