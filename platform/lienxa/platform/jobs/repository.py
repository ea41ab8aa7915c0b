"""All SQL of the queue that is ours: writing a message, asking what waits, and what is done."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from dramatiq.common import dq_name
from dramatiq.message import Message
from opentelemetry import propagate
from sqlalchemy import Text, and_, cast, delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock, ids
from lienxa.platform.db.session import ControlSession, TenantSession
from lienxa.platform.jobs.actors import Job, Queue, Scalar
from lienxa.platform.jobs.models import LOST, DoneJob, JobKind, JobWorker, QueuedJob
from lienxa.platform.tenancy.models import Tenant

# The scheduler that leads holds this advisory lock.
SCHEDULER_LOCK = 7_142_002
# A worker that was silent for longer is not counted on.
WORKER_PREFIX = "worker-"
ALIVE_SECONDS = 60.0

# PostgreSQL delivers the notification when the transaction commits: the worker wakes within milliseconds of it.
_ENQUEUE = text("""
    with enqueued as (
        insert into control.job_queue (queue_name, message_id, state, message, available_at)
        values (:queue, :message_id, 'queued', cast(:message as jsonb), now() + make_interval(secs => :delay))
        returning queue_name
    )
    select pg_notify('dramatiq.' || queue_name || '.enqueue', '') from enqueued
""")


# When the past that is being told ends; None at every other time.
_told_until: ContextVar[datetime | None] = ContextVar("jobs_told_until", default=None)


@contextmanager
def telling_past(until: datetime) -> Iterator[None]:
    """Inside, operations happen before `until`: what they want `of_the_moment` before then is not wanted any more."""
    token = _told_until.set(until)
    try:
        yield
    finally:
        _told_until.reset(token)


async def enqueue(
    session: TenantSession | ControlSession, job: Job, *args: Scalar, delay: timedelta | None = None
) -> UUID:
    """Want `job` done after this transaction commits, at the earliest after `delay`; returns the message's id.

    A job that names a tenant does so first; a session of a tenant can want jobs of that tenant only.
    """
    if job.names_tenant:
        _check_tenant(session, job, args)
    row = _row(job, args, delay)
    if row["delay"] is not None:
        await session.execute(_ENQUEUE, row)
    message_id: UUID = row["message_id"]
    return message_id


async def enqueue_many(
    session: TenantSession | ControlSession, job: Job, several: Sequence[tuple[Scalar, ...]]
) -> None:
    """Want `job` done once for each of these arguments, all sent together."""
    for args in several if job.names_tenant else ():
        _check_tenant(session, job, args)
    rows = [row for row in (_row(job, args, None) for args in several) if row["delay"] is not None]
    if rows:
        await session.execute(_ENQUEUE, rows)


def _row(job: Job, args: tuple[Scalar, ...], delay: timedelta | None) -> dict[str, Any]:
    """A message as it stands in the queue; `delay` None: it is not wanted any more."""
    message_id = ids.new_id()
    pause = delay or timedelta(0)
    wanted = True
    if (until := _told_until.get()) is not None:
        pause = clock.now() + pause - until
        wanted = not job.of_the_moment or pause > timedelta(0)
    trace_context: dict[str, str] = {}
    propagate.inject(trace_context)
    message: Message[None] = Message(
        queue_name=job.queue,
        actor_name=job.name,
        args=tuple(job.to_json(args)),
        kwargs={},
        options={"otel": trace_context} if trace_context else {},
        message_id=str(message_id),
    )
    return {
        "queue": job.queue,
        "message_id": message_id,
        "message": message.encode().decode(),
        "delay": max(0.0, pause.total_seconds()) if wanted else None,
    }


def _check_tenant(session: TenantSession | ControlSession, job: Job, args: tuple[Scalar, ...]) -> None:
    if not args or not isinstance(args[0], UUID):
        raise TypeError(f"the first argument of {job.name} is the tenant's id")
    if isinstance(session, TenantSession) and args[0] != session.tenant_id:
        raise ValueError(f"{job.name} was wanted for another tenant")


async def waiting(session: ControlSession, job: Job) -> set[tuple[str | int | bool | None, ...]]:
    """The arguments, as they travel, of the messages of `job` that no worker has taken yet."""
    rows = await session.scalars(
        select(QueuedJob.message["args"]).where(
            QueuedJob.queue_name.in_((job.queue, dq_name(job.queue))),
            QueuedJob.state == "queued",
            QueuedJob.message["actor_name"].astext == job.name,
        )
    )
    return {tuple(args) for args in rows}


@dataclass(frozen=True)
class QueueState:
    """What a queue holds: due and waiting, wanted later, taken by a worker, dead.

    `lost` are those of the dead that took their workers with them. `oldest_seconds` is 0 where nothing waits.
    """

    queue: str
    waiting: int
    delayed: int
    running: int
    dead: int
    lost: int
    oldest_seconds: float


async def queue_states(session: ControlSession) -> list[QueueState]:
    """How each queue stands now, also one that is empty."""
    due = and_(QueuedJob.state == "queued", QueuedJob.available_at <= func.now())
    query = select(
        QueuedJob.queue_name,
        func.count().filter(due),
        func.count().filter(QueuedJob.state == "queued") - func.count().filter(due),
        func.count().filter(QueuedJob.state == "consumed"),
        func.count().filter(QueuedJob.state == "rejected"),
        func.count().filter(QueuedJob.state == "rejected", QueuedJob.message["options"].has_key(LOST)),
        func.extract("epoch", func.now() - func.min(QueuedJob.available_at).filter(due)),
    ).group_by(QueuedJob.queue_name)
    rows = (await session.execute(query)).all()
    states = []
    for queue in get_args(Queue):
        of_queue = [row for row in rows if row[0] in (queue, dq_name(queue))]
        waiting, delayed, running, dead, lost = (sum(int(row[place]) for row in of_queue) for place in range(1, 6))
        oldest = max((float(row[6]) for row in of_queue if row[6] is not None), default=0.0)
        states.append(QueueState(queue, waiting, delayed, running, dead, lost, oldest))
    return states


async def live_workers(session: ControlSession) -> int:
    """How many worker processes gave a sign of life lately."""
    recent = JobWorker.heartbeat_at > func.now() - timedelta(seconds=ALIVE_SECONDS)
    return await session.scalar(select(func.count()).select_from(JobWorker).where(recent)) or 0


@dataclass(frozen=True)
class OrganQueue:
    """The jobs of one organ: waiting or running, dead, and when one of its own took effect last."""

    open: int = 0
    dead: int = 0
    done_at: datetime | None = None


async def organs_with_dead_jobs(session: ControlSession) -> set[UUID]:
    """The organs one of whose jobs will not run by itself any more."""
    organ = cast(Tenant.id, Text) == QueuedJob.message["args"][0].astext
    query = select(Tenant.id).join(QueuedJob, organ).where(QueuedJob.state == "rejected").distinct()
    return set(await session.scalars(query))


async def organ_queues(session: ControlSession, organ_ids: Collection[UUID]) -> dict[UUID, OrganQueue]:
    """The jobs of these organs: a message is for the organ that is its first argument."""
    organ = QueuedJob.message["args"][0].astext
    counted = (
        select(
            organ.label("organ"),
            func.count().filter(QueuedJob.state != "rejected").label("open"),
            func.count().filter(QueuedJob.state == "rejected").label("dead"),
        )
        .where(organ.in_([str(organ_id) for organ_id in organ_ids]))
        .group_by(organ)
        .subquery()
    )
    # Messages have identifiers that grow with time, so the key finds an organ's latest at once.
    latest = (
        select(DoneJob.done_at)
        .where(DoneJob.tenant_id == Tenant.id)
        .order_by(DoneJob.message_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(Tenant.id, counted.c.open, counted.c.dead, latest)
        .outerjoin(counted, counted.c.organ == cast(Tenant.id, Text))
        .where(Tenant.id.in_(organ_ids))
    )
    return {
        organ_id: OrganQueue(open_ or 0, dead or 0, done_at)
        for organ_id, open_, dead, done_at in await session.execute(query)
    }


@dataclass(frozen=True)
class WorkerState:
    """A worker process: how long ago it last gave a sign of life, and how many messages it holds."""

    process: str
    silent_seconds: float
    holds: int

    @property
    def is_alive(self) -> bool:
        """Whether it gave a sign of life lately."""
        return self.silent_seconds < ALIVE_SECONDS

    @property
    def queue(self) -> str:
        """The queue that it works on; empty if it never said so."""
        return self.process.removeprefix(WORKER_PREFIX) if self.process.startswith(WORKER_PREFIX) else ""


async def workers(session: ControlSession) -> list[WorkerState]:
    """The worker processes that are known, the liveliest first; one that is gone is forgotten within minutes."""
    query = (
        select(
            JobWorker.process,
            func.extract("epoch", func.now() - JobWorker.heartbeat_at),
            func.count(QueuedJob.message_id),
        )
        .outerjoin(QueuedJob, and_(QueuedJob.worker_id == JobWorker.worker_id, QueuedJob.state == "consumed"))
        .group_by(JobWorker.worker_id)
        .order_by(JobWorker.heartbeat_at.desc())
    )
    return [WorkerState(process or "", float(silent), holds) for process, silent, holds in await session.execute(query)]


async def tell_kinds(session: ControlSession, jobs: Sequence[Job], every: Mapping[str, int]) -> None:
    """Write down what the jobs are called and which are wanted how often; one that is not told is not scheduled."""
    rows = [{"job": job.name, "title": job.title, "every_seconds": every.get(job.name)} for job in jobs]
    names = [job.name for job in jobs]
    await session.execute(update(JobKind).where(JobKind.job.not_in(names)).values(every_seconds=None))
    statement = insert(JobKind).values(rows)
    told = {"title": statement.excluded.title, "every_seconds": statement.excluded.every_seconds}
    await session.execute(statement.on_conflict_do_update(index_elements=["job"], set_=told))


async def scheduled(session: ControlSession) -> Sequence[JobKind]:
    """The jobs that are scheduled, with their last ends, the most frequent first."""
    query = select(JobKind).where(JobKind.every_seconds.is_not(None)).order_by(JobKind.every_seconds, JobKind.job)
    return (await session.scalars(query)).all()


async def begin_once(session: TenantSession, message_id: UUID) -> bool:
    """Claim the message inside the transaction of its work; False if that work is committed already.

    A worker that is doing the same message at this moment makes this statement wait for its end.
    """
    added = await session.scalar(
        insert(DoneJob)
        .values(tenant_id=session.tenant_id, message_id=message_id, done_at=clock.now())
        .on_conflict_do_nothing()
        .returning(DoneJob.message_id)
    )
    return added is not None


async def forget_done(session: ControlSession, older_than: timedelta) -> None:
    """Drop the records of old jobs whose message is gone: nothing can deliver them again."""
    still_there = exists().where(QueuedJob.message_id == DoneJob.message_id)
    await session.execute(delete(DoneJob).where(DoneJob.done_at < clock.now() - older_than, ~still_there))


async def forget_organ(session: ControlSession, organ_id: UUID) -> None:
    """Drop every message of an organ that is being erased, also one that a worker holds."""
    organ = QueuedJob.message["args"][0].astext
    await session.execute(delete(QueuedJob).where(organ == str(organ_id)))
