"""The broker of a worker process. Only workers build one: everybody else writes rows (`enqueue`)."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from dramatiq import Actor, Broker, Middleware
from dramatiq.middleware import AsyncIO, CurrentMessage, Retries, TimeLimit
from dramatiq_postgres import PostgresBroker
from dramatiq_postgres.utils import transaction
from sqlalchemy import make_url

from lienxa.platform.db.pooler import direct_dsn
from lienxa.platform.db.session import Database
from lienxa.platform.jobs.actors import Job, Queue, declared_jobs, find_job
from lienxa.platform.jobs.deliveries import Deliveries
from lienxa.platform.jobs.diary import Diary
from lienxa.platform.jobs.repository import WORKER_PREFIX
from lienxa.platform.jobs.running import run_job
from lienxa.platform.jobs.watch import LoopWatch
from lienxa.platform.settings import Settings
from lienxa.platform.telemetry.jobs import JobTelemetry

SCHEMA = "control"
PREFIX = "job_"

_FIRST_PAUSE_MILLISECONDS = 1000
_LONGEST_PAUSE_MILLISECONDS = 60_000
_TIME_LIMIT_MILLISECONDS: Mapping[Queue, int] = {"quick": 2 * 60_000, "heavy": 60 * 60_000, "operator": 60 * 60_000}

_GIVE_BACK = """
    update control.job_queue set state = 'queued', worker_id = null, consumed_at = null, mtime = now(),
      deliveries = deliveries - (begun_by is not distinct from worker_id)::int, begun_by = null
    where worker_id = %s and state = 'consumed'
"""
_FORGET_WORKER = "delete from control.job_worker where worker_id = %s"


def build_broker(queue: Queue, settings: Settings, database: Database) -> PostgresBroker:
    """A broker that knows the declared jobs of one queue; `database` is used by the event loop of quick jobs."""
    heartbeat = settings.jobs_heartbeat_seconds
    dsn = settings.db_app_dsn.get_secret_value()
    broker = PostgresBroker(
        url=_named(direct_dsn(settings, dsn), queue),
        results=False,
        schema=SCHEMA,
        prefix=PREFIX,
        heartbeat_interval=heartbeat,
        heartbeat_ttl=3 * heartbeat,
        maintenance_interval=heartbeat,
        middleware=_middleware(queue),
    )
    for job in declared_jobs(queue):
        if queue == "quick":
            _declare_quick(broker, job, database)
        else:
            login = settings.db_operator_dsn.get_secret_value() if queue == "operator" else dsn
            # Transactions of minutes would leave a pooler nothing to lend to those of milliseconds.
            _declare_heavy(broker, job, direct_dsn(settings, login))
    return broker


def _named(dsn: str, queue: Queue) -> str:
    """The address with the name by which the broker's connections, and so the row of this worker, are known."""
    address = make_url(dsn).update_query_dict({"application_name": f"{WORKER_PREFIX}{queue}"})
    return address.render_as_string(hide_password=False)


def give_back(broker: PostgresBroker) -> None:
    """Return what this process has taken and not finished, so that others do it now and not after a time-out.

    A run that is broken off here is no lost one.
    """
    with transaction(broker.pool) as cursor:
        cursor.execute(_GIVE_BACK, (broker.worker_id,))
        cursor.execute(_FORGET_WORKER, (broker.worker_id,))


def _middleware(queue: Queue) -> list[Middleware]:
    common: list[Middleware] = [
        CurrentMessage(),
        TimeLimit(time_limit=_TIME_LIMIT_MILLISECONDS[queue]),
        Retries(min_backoff=_FIRST_PAUSE_MILLISECONDS, max_backoff=_LONGEST_PAUSE_MILLISECONDS),
        JobTelemetry(lambda name, values: find_job(name).tenant_of(values)),
        Diary(),
    ]
    return [*common, AsyncIO(), LoopWatch(), Deliveries()] if queue == "quick" else [*common, Deliveries()]


def _declare_quick(broker: Broker, job: Job, database: Database) -> None:
    async def work(*values: Any) -> None:
        await run_job(job, database, _message_id(), values)

    _declare(broker, job, work)


def _declare_heavy(broker: Broker, job: Job, dsn: str) -> None:
    def work(*values: Any) -> None:
        asyncio.run(_run_alone(job, dsn, _message_id(), values))

    _declare(broker, job, work)


async def _run_alone(job: Job, dsn: str, message_id: UUID, values: tuple[Any, ...]) -> None:
    """A heavy job has an event loop and connections of its own: it may block without anybody waiting."""
    database = Database(dsn, pool_size=2)
    try:
        await run_job(job, database, message_id, values)
    finally:
        await database.close()


def _declare(broker: Broker, job: Job, work: Any) -> None:
    Actor(
        work,
        broker=broker,
        actor_name=job.name,
        queue_name=job.queue,
        priority=0,
        options={"max_retries": job.max_retries},
    )


def _message_id() -> UUID:
    message = CurrentMessage.get_current_message()
    assert message is not None
    return UUID(message.message_id)
