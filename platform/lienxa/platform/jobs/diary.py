"""What a worker notes of the jobs it ends: when one of each name was last done, and when one last failed."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import structlog
from dramatiq import Broker, Middleware
from dramatiq_postgres.utils import transaction
from psycopg_pool import PoolTimeout

from lienxa.platform import clock

# Told together: a job costs no statement for it. Who is killed loses the notes of these seconds, never a job.
_SECONDS = 2.0

_WRITE = """
    insert into control.job_kind as known (job, done_at, milliseconds, failed_at, error) values (%s, %s, %s, %s, %s)
    on conflict (job) do update set
      done_at = greatest(known.done_at, excluded.done_at),
      milliseconds = coalesce(excluded.milliseconds, known.milliseconds),
      failed_at = greatest(known.failed_at, excluded.failed_at),
      error = coalesce(excluded.error, known.error)
"""

_log = structlog.get_logger(__name__)


@dataclass
class _Note:
    done_at: datetime | None = None
    milliseconds: int | None = None
    failed_at: datetime | None = None
    error: str | None = None


class Diary(Middleware):
    """Gathers the ends of jobs and writes them down every few seconds, in a thread of its own."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._notes: dict[str, _Note] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def after_worker_boot(self, broker: Broker, _worker: Any) -> None:
        """Begin to write."""
        threading.Thread(target=self._write_on, args=(broker,), name="job-diary", daemon=True).start()

    def before_worker_shutdown(self, broker: Broker, _worker: Any) -> None:
        """Write what is left."""
        self._stopped.set()
        self._write(broker)

    def before_process_message(self, _broker: Broker, message: Any) -> None:
        """Note when it began."""
        self._began[message.message_id] = time.monotonic()

    def after_process_message(
        self, _broker: Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Note how it ended."""
        del result
        seconds = time.monotonic() - self._began.pop(message.message_id, time.monotonic())
        with self._lock:
            note = self._notes.setdefault(message.actor_name, _Note())
            if exception is None:
                note.done_at, note.milliseconds = clock.now(), round(seconds * 1000)
            else:
                note.failed_at, note.error = clock.now(), type(exception).__qualname__

    def after_skip_message(self, _broker: Broker, message: Any) -> None:
        """It did not run."""
        self._began.pop(message.message_id, None)

    def _write_on(self, broker: Broker) -> None:
        while not self._stopped.wait(_SECONDS):
            self._write(broker)

    def _write(self, broker: Any) -> None:
        with self._lock:
            notes, self._notes = self._notes, {}
        if not notes:
            return
        # By name: two workers that write the same rows never wait for each other crosswise.
        rows = [(job, n.done_at, n.milliseconds, n.failed_at, n.error) for job, n in sorted(notes.items())]
        try:
            with transaction(broker.pool) as cursor:
                cursor.executemany(_WRITE, rows)
        except (psycopg.Error, PoolTimeout, ConnectionError) as error:
            _log.warning("ends of jobs were not noted", reason=type(error).__name__)
