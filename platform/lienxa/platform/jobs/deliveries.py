"""Jobs that take their worker with them: each run is counted before it begins, where a `kill -9` cannot undo it.

Retries count what ended with an exception. A run whose process is killed (no memory left, a crash in a library) ends
with nothing: its message is delivered again, and would kill its next worker as well, for ever (docs/adr/0029).
"""

import traceback
from typing import Any

import psycopg
import structlog
from dramatiq import Broker, Middleware
from dramatiq.middleware import SkipMessage
from dramatiq_postgres.utils import transaction
from psycopg_pool import PoolTimeout

from lienxa.platform.jobs.models import LOST

# So many runs may be lost before the message is put aside: a machine that is switched off loses one, too.
MOST_LOST = 3

# What the end of a worker must not undo, the end of the database may: the count waits for no disk.
_WAIT_FOR_NO_DISK = "set local synchronous_commit to off"
_BEGIN = """
    update control.job_queue set deliveries = deliveries + 1, begun_by = %s
    where message_id = %s and state = 'consumed' returning deliveries
"""

_log = structlog.get_logger(__name__)


class WorkerLost(Exception):
    """The worker was lost in the middle of this job, as often as may be; why, only its log or the system's can tell."""


class Deliveries(Middleware):
    """Counts the runs of a message that began and puts it aside when too many of them never ended.

    It comes last: the others know of a message that is put aside here, and are told that it did not run.
    """

    def before_process_message(self, broker: Broker, message: Any) -> None:
        """Count this run, or put the message aside."""
        lost = self._begun(broker, message) - 1 - message.options.get("retries", 0)
        if lost > 0:
            _log.warning("the run before never ended", job=message.actor_name, message_id=message.message_id, lost=lost)
        if lost < MOST_LOST:
            return
        message.options[LOST] = lost
        message.options["traceback"] = "".join(traceback.format_exception_only(WorkerLost()))
        message.fail()
        raise SkipMessage

    def _begun(self, broker: Any, message: Any) -> int:
        """How many runs of the message have begun, this one with them; 1 where the database does not answer."""
        try:
            with transaction(broker.pool) as cursor:
                cursor.execute(_WAIT_FOR_NO_DISK)
                cursor.execute(_BEGIN, (broker.worker_id, message.message_id))
                row = cursor.fetchone()
        except (psycopg.Error, PoolTimeout, ConnectionError) as error:
            _log.warning("the run was not counted", reason=type(error).__name__)
            row = None
        return int(row[0]) if row else 1
