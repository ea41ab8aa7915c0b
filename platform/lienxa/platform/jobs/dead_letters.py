"""All SQL of dead letters: messages that failed as often as they may, read, wanted again in place, or dropped.

A death is named by its instant (`mtime`), so that what was wanted again meanwhile is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Interval,
    Text,
    and_,
    cast,
    delete,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform.db.session import ControlSession
from lienxa.platform.jobs.models import LOST, JobKind, QueuedJob
from lienxa.platform.tenancy.models import Tenant

PAGE = 50
# After that the queue's own upkeep drops them (dramatiq-postgres, `purge_maxage`).
KEPT_DAYS = 30

_dead = QueuedJob.state == "rejected"
_job = QueuedJob.message["actor_name"].astext
_first = QueuedJob.message["args"][0].astext
# The organ of a message is its first argument, whatever that is called.
_organ = _first


@dataclass(frozen=True)
class DeadMessage:
    """A message with the title of its job and the organ it is for; `age` is counted by the queue's own clock."""

    id: UUID
    message: Mapping[str, Any]
    died: datetime
    age: timedelta
    title: str
    tenant: Tenant | None


@dataclass(frozen=True)
class DeadKind:
    """The dead letters of one job; `died` is the latest death among them."""

    job: str
    title: str
    count: int
    died: datetime


def one(message_id: UUID, died: datetime | None = None) -> ColumnElement[bool]:
    """That message; only if it died at that instant, where one is given."""
    which = QueuedJob.message_id == message_id
    return which if died is None else and_(which, QueuedJob.mtime == died)


def of_job(job: str, until: datetime) -> ColumnElement[bool]:
    """All of one job that had died by then."""
    return and_(_job == job, QueuedJob.mtime <= until)


def of_organ(organ_id: UUID) -> ColumnElement[bool]:
    """All of one organ."""
    which: ColumnElement[bool] = _organ == str(organ_id)
    return which


def before(died: datetime, message_id: UUID) -> ColumnElement[bool]:
    """What a page of the list holds after that one."""
    return tuple_(QueuedJob.mtime, QueuedJob.message_id) < tuple_(died, message_id)


async def page_of(session: ControlSession, *which: ColumnElement[bool]) -> list[DeadMessage]:
    """A page of them, the latest death first."""
    query = (
        select(QueuedJob, type_coerce(func.now() - QueuedJob.mtime, Interval), JobKind.title, Tenant)
        .outerjoin(JobKind, JobKind.job == _job)
        .outerjoin(Tenant, cast(Tenant.id, Text) == _organ)
        .where(_dead, *which)
        .order_by(QueuedJob.mtime.desc(), QueuedJob.message_id.desc())
        .limit(PAGE)
    )
    return [
        DeadMessage(row.message_id, row.message, row.mtime, age, title or "", tenant)
        for row, age, title, tenant in await session.execute(query)
    ]


async def kinds(session: ControlSession, *which: ColumnElement[bool]) -> list[DeadKind]:
    """How many there are of each job, the most first."""
    counted = select(_job.label("job"), func.count().label("count"), func.max(QueuedJob.mtime).label("died"))
    dead = counted.where(_dead, *which).group_by(_job).subquery()
    query = (
        select(dead.c.job, JobKind.title, dead.c["count"], dead.c.died)
        .outerjoin(JobKind, JobKind.job == dead.c.job)
        .order_by(dead.c["count"].desc(), dead.c.job)
    )
    return [DeadKind(job, title or job, count, died) for job, title, count, died in await session.execute(query)]


async def wanted_for(session: ControlSession, job: str) -> set[str]:
    """The first arguments of the dead letters of a job."""
    return set(await session.scalars(select(_first).where(_dead, _job == job)))


async def want_again(session: ControlSession, *which: ColumnElement[bool]) -> Sequence[tuple[str, str | None]]:
    """Bring these back to their queue as if they were new; returns the job and the organ of each.

    A message keeps its id, so a tenant's work still counts once, and the trace of whoever wanted it.
    """
    queue = func.replace(QueuedJob.queue_name, ".DQ", "")
    options = QueuedJob.message["options"]
    tried = _number(options["retries"]) + _number(options[LOST]) + _number(options["tried_before"])
    kept = options.op("-")(literal(["retries", LOST, "traceback", "requeue_timestamp", "eta"], ARRAY(Text)))
    fresh = kept.op("||", return_type=JSONB)(func.jsonb_build_object("tried_before", tried))
    again = (
        update(QueuedJob)
        .where(_dead, *which)
        .values(
            state="queued",
            queue_name=queue,
            message=QueuedJob.message.op("||")(func.jsonb_build_object("queue_name", queue, "options", fresh)),
            available_at=func.now(),
            mtime=func.clock_timestamp(),
            worker_id=None,
            consumed_at=None,
            deliveries=0,
            begun_by=None,
        )
        .returning(_job, _organ, QueuedJob.queue_name)
        .execution_options(synchronize_session=False)
    )
    rows = (await session.execute(again)).all()
    channels = [f"dramatiq.{name}.enqueue" for name in sorted({queue for _, _, queue in rows})]
    await session.execute(select(func.pg_notify(func.unnest(literal(channels, ARRAY(Text))), "")))
    return [(job, organ) for job, organ, _queue in rows]


async def drop(session: ControlSession, *which: ColumnElement[bool]) -> Sequence[tuple[str, str | None]]:
    """Take these off the queue for good; returns the job and the organ of each."""
    gone = delete(QueuedJob).where(_dead, *which).returning(_job, _organ)
    return [(job, organ) for job, organ in await session.execute(gone)]


def _number(option: Any) -> ColumnElement[int]:
    return func.coalesce(option.astext.cast(Integer), 0)
