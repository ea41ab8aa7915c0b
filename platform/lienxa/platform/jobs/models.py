"""The queue as dramatiq-postgres 1.4 reads it, and the record of what is done.

The queue's tables carry no row security, because a worker does not know the tenant yet, and therefore no content.
Their columns are those of the package's own schema; `state` is text with a check instead of its native enum.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import ControlBase

# The option of a dead message that took its workers with it: how many of its runs never ended.
LOST = "lost"


class QueuedJob(ControlBase):
    """A message: `queued`, `consumed` by a worker, or `rejected` (dead, kept for the operator to look at).

    The three instants are the queue's own, compared with the database's clock, never shown as business time.
    `deliveries` counts the runs that began (`deliveries.py`), `begun_by` is the worker that began the last.
    """

    __tablename__ = "job_queue"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'consumed', 'rejected')", name="state"),
        Index(
            "job_queue_queue_name_available_at_position_idx",
            "queue_name",
            "available_at",
            "position",
            postgresql_where=text("state = 'queued'"),
        ),
        Index("job_queue_state_mtime_idx", "state", "mtime"),
        {"schema": "control"},
    )

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    queue_name: Mapped[str]
    state: Mapped[str]
    mtime: Mapped[datetime] = mapped_column(server_default=func.now())
    message: Mapped[dict[str, Any]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(BigInteger, Identity())
    available_at: Mapped[datetime]
    worker_id: Mapped[UUID | None]
    consumed_at: Mapped[datetime | None]
    deliveries: Mapped[int] = mapped_column(server_default=text("0"))
    begun_by: Mapped[UUID | None]


class JobWorker(ControlBase):
    """A live worker process; a stale heartbeat gives its messages back to the queue.

    Written by the queue's own statements only, so `process` (`worker-quick`) is the name of the writing connection.
    """

    __tablename__ = "job_worker"

    worker_id: Mapped[UUID] = mapped_column(primary_key=True)
    heartbeat_at: Mapped[datetime]
    process: Mapped[str | None] = mapped_column(server_default=text("current_setting('application_name')"))


class JobResult(ControlBase):
    """Results of jobs. We ask for none; the package's upkeep wants the table.

    No code of ours uses the class; it is here so that the check of the schema knows the table.
    """

    __tablename__ = "job_result"

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    result: Mapped[Any | None] = mapped_column(JSONB)
    expires_at: Mapped[datetime | None]


class JobKind(ControlBase):
    """A job by name: what operators are told of it, and when one of that name ended last. No content, no organ.

    The scheduler writes `title` and `every_seconds` (None: not scheduled), workers the rest. `milliseconds` is how long
    the last one took that was done; `error` the type of the last failure.
    """

    __tablename__ = "job_kind"

    job: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(server_default="")
    every_seconds: Mapped[int | None]
    done_at: Mapped[datetime | None]
    milliseconds: Mapped[int | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]


class DoneJob(ControlBase):
    """A tenant's job whose work is committed: written in the same transaction, so that a repeat does nothing."""

    __tablename__ = "job_done"
    __table_args__ = (Index("job_done_done_at_idx", "done_at"), {"schema": "control"})

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]
