"""The scheduler process: `python -m lienxa.workers.scheduler`. It does nothing itself, it only wants jobs.

One of any number of replicas acts: the one whose connection holds an advisory lock. All its statements run on that
very connection, so one that has lost the lock cannot act.
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.jobs.actors import declared_jobs
from lienxa.platform.jobs.repository import SCHEDULER_LOCK, tell_kinds, waiting
from lienxa.platform.module import Schedule
from lienxa.platform.operator import standing
from lienxa.platform.processes import tell_ready
from lienxa.platform.rollup import marks
from lienxa.platform.rollup.jobs import publishing_modules, sweep
from lienxa.platform.settings import get_settings
from lienxa.platform.telemetry import metrics, pipeline
from lienxa.platform.tenancy.organs import active_organs
from lienxa.workers.catalogue import load_jobs

# Twice a second: together with the recomputation a change is on an open page well within two seconds.
TICK_SECONDS = 0.5
# How the queues stand is told as often as a collector cares.
LOOK_SECONDS = 15.0
STANDBY_SECONDS = 2.0
STOP_SECONDS = 2.0

_log = structlog.get_logger("lienxa.workers.scheduler")


@dataclass
class _Due:
    job: Job
    seconds: float
    at: float


class Scheduler:
    """Wants scheduled jobs and recomputations, tick by tick."""

    def __init__(self, database: Database, schedules: Iterable[tuple[Job, Schedule]]) -> None:
        self._database = database
        begin = time.monotonic()
        self._due = [_Due(job, schedule.seconds, begin) for job, schedule in schedules]
        self._day: date | None = None
        self._look_at = begin

    async def run(self, stopping: asyncio.Event) -> None:
        """Act whenever the lock is ours, until told to stop. A lost connection is a pause, not the end."""
        while not stopping.is_set():
            try:
                async with self._database.direct.connect() as connection:
                    if await _take_lock(connection):
                        _log.info("scheduler ready", scheduled=[due.job.name for due in self._due])
                        tell_ready()
                        await self._act(connection, stopping)
            except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("scheduler lost its database", reason=type(error).__name__)
            await _pause(stopping, STANDBY_SECONDS)

    async def _act(self, connection: AsyncConnection, stopping: asyncio.Event) -> None:
        try:
            await self._tell_kinds(connection)
            while not stopping.is_set():
                await self.tick(connection)
                await _pause(stopping, TICK_SECONDS)
        finally:
            metrics.stand({})  # from now on another scheduler tells it
            await connection.invalidate()  # closed, so that the lock goes with it

    async def _tell_kinds(self, connection: AsyncConnection) -> None:
        """Operators read what is scheduled as the scheduler that acts knows it."""
        every = {due.job.name: int(due.seconds) for due in self._due}
        async with self._database.control_session(bind=connection) as session, session.begin():
            await tell_kinds(session, declared_jobs(), every)

    async def tick(self, connection: AsyncConnection) -> None:
        """Want what is due now, in one transaction; what is not committed stays due."""
        now, today = time.monotonic(), clock.today()
        due = [entry for entry in self._due if entry.at <= now]
        async with self._database.control_session(bind=connection) as session, session.begin():
            if today != self._day:
                await marks.mark_all(session, publishing_modules())
            for entry in due:
                await want(session, entry.job)
            await sweep(session)
            if now >= self._look_at:
                metrics.stand(await standing.look(session))
                self._look_at = now + LOOK_SECONDS
        self._day = today
        for entry in due:
            entry.at = now + entry.seconds


async def want(session: ControlSession, job: Job) -> None:
    """Want a scheduled job, for each active organ if it is a tenant's; not where one is waiting already."""
    already = await waiting(session, job)
    if not job.of_tenant:
        if not already:
            await enqueue(session, job)
        return
    for organ in await active_organs(session):
        if (str(organ.id),) not in already:
            await enqueue(session, job, organ.id)


async def serve() -> None:
    """Run until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    settings = get_settings()
    database = Database(settings.db_app_dsn.get_secret_value(), pool_size=1)
    acting = asyncio.create_task(Scheduler(database, load_jobs()).run(stopping))
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait({acting, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    try:
        await asyncio.wait_for(acting, STOP_SECONDS)
    except TimeoutError:
        _log.warning("stopped in the middle: the database does not answer")
        return
    await database.close()


def main() -> None:
    """The process."""
    settings = get_settings()
    pipeline.start("scheduler", settings)
    if settings.today is not None:
        clock.start_at(settings.today)
    asyncio.run(serve())
    pipeline.stop()
    _log.info("scheduler stopped")
    logging.shutdown()
    os._exit(0)  # taking the interpreter apart would take longer than the whole stop


async def _take_lock(connection: AsyncConnection) -> bool:
    taken = await connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": SCHEDULER_LOCK})
    await connection.commit()
    return bool(taken)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


if __name__ == "__main__":
    main()
