"""What is counted and measured. Every name a dashboard may show stands here.

Labels are few and bounded: organs, routes, queues, codes of errors; never what somebody typed. What happens in a
transaction counts when it is committed.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Counter, Observation
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from lienxa.platform.db.session import ControlSession, TenantSession
from lienxa.platform.telemetry import tenant

# Whoever looked at the queue this long ago says nothing any more: another process looks at it now.
STANDING_SECONDS = 120.0
# The organs whose figures, or receivers, wait longest; with hundreds of organs the rest would only be more series.
MOST_ORGANS = 50

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_JOB_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0)
_PENDING = "counted_at_commit"

_meter = metrics.get_meter("lienxa")

request_duration = _meter.create_histogram(
    "http.server.request.duration",
    unit="s",
    description="From a request to the beginning of its answer",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
requests = _meter.create_counter("lienxa.requests", description="Requests by organ and class of status")
refusals = _meter.create_counter("lienxa.refusals", description="Refused requests by organ and code of the error")
numbers_given = _meter.create_counter("lienxa.numbers.given", description="Numbers given by organ and book")
slow_statements = _meter.create_counter("lienxa.statements.slow", description="Statements slower than the threshold")
jobs_done = _meter.create_counter("lienxa.jobs", description="Runs of jobs by organ, queue and outcome")
webhook_attempts = _meter.create_counter(
    "lienxa.webhook.attempts", description="Attempts to send events to other systems by organ and outcome"
)
job_duration = _meter.create_histogram(
    "lienxa.job.duration",
    unit="s",
    description="How long a run of a job took",
    explicit_bucket_boundaries_advisory=_JOB_SECONDS,
)

Standing = Mapping[str, Sequence[tuple[float, Mapping[str, str]]]]

_standing: Standing = {}
_standing_until = 0.0
_pools: dict[str, QueuePool] = {}


def stand(values: Standing) -> None:
    """Report these values of the gauges below, by name, until they are replaced or `STANDING_SECONDS` old."""
    global _standing, _standing_until
    _standing, _standing_until = values, time.monotonic() + STANDING_SECONDS


def _standing_of(name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        if time.monotonic() < _standing_until:
            for value, labels in _standing.get(name, ()):
                yield Observation(value, labels)

    return observe


def _gauge(name: str, unit: str, description: str) -> str:
    _meter.create_observable_gauge(name, [_standing_of(name)], unit=unit, description=description)
    return name


QUEUE_WAITING = _gauge("lienxa.queue.waiting", "", "Jobs that are due and wait, by queue")
QUEUE_RUNNING = _gauge("lienxa.queue.running", "", "Jobs that a worker has taken, by queue")
QUEUE_AGE = _gauge("lienxa.queue.age", "s", "How long the oldest due job has waited, by queue")
QUEUE_DEAD = _gauge("lienxa.queue.dead", "", "Dead letters by queue")
QUEUE_LOST = _gauge("lienxa.queue.lost", "", "Dead letters that took their workers with them, by queue")
WORKERS = _gauge("lienxa.workers", "", "Worker processes with a heartbeat of the last minute")
ROLLUP_AGE = _gauge("lienxa.rollup.age", "s", "How old the oldest change is that an organ's figures do not show yet")
ROLLUP_WAITING = _gauge("lienxa.rollup.waiting", "", "Organs with changes that their figures do not show yet")
WEBHOOK_AGE = _gauge("lienxa.webhook.age", "s", "How long the oldest event is missing that a receiver failed to take")
WEBHOOK_RECEIVERS = _gauge("lienxa.webhook.receivers", "", "Receivers that failed to take an event and still lack it")


def watch_pool(engine: AsyncEngine) -> None:
    """Report the connections of this engine as the process's own."""
    pool = engine.sync_engine.pool
    if isinstance(pool, QueuePool):
        _pools["app"] = pool


def _connections(_options: CallbackOptions) -> Iterable[Observation]:
    for name, pool in _pools.items():
        yield Observation(pool.checkedout(), {"db.client.connection.pool.name": name, "state": "used"})
        yield Observation(pool.checkedin(), {"db.client.connection.pool.name": name, "state": "idle"})


def _most_connections(_options: CallbackOptions) -> Iterable[Observation]:
    for name, pool in _pools.items():
        yield Observation(pool.size(), {"db.client.connection.pool.name": name})


_meter.create_observable_gauge(
    "db.client.connection.count", [_connections], description="Connections of the process by state"
)
_meter.create_observable_gauge(
    "db.client.connection.max", [_most_connections], description="Connections that the process may open"
)


def labels(**others: str) -> dict[str, str]:
    """The tenant of the moment, and what else is told apart."""
    return {tenant.ATTRIBUTE: tenant.current(), **others}


def count_at_commit(session: TenantSession | ControlSession, counter: Counter, **others: str) -> None:
    """Count one when the session's transaction is committed, nothing if it is rolled back."""
    session.info.setdefault(_PENDING, []).append((counter, labels(**others)))


def _count(session: Session) -> None:
    if session.get_nested_transaction() is not None:  # a savepoint is no commit
        return
    for counter, labelled in session.info.pop(_PENDING, ()):
        counter.add(1, labelled)


def _forget(session: Session, _previous: Any) -> None:
    session.info.pop(_PENDING, None)


for _kind in (TenantSession, ControlSession):
    event.listen(_kind.sync_session_class, "after_commit", _count)
    event.listen(_kind.sync_session_class, "after_soft_rollback", _forget)
