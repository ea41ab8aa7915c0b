"""A worker process: `python -m lienxa.workers.worker quick` (or `heavy`, `operator`).

The worker of the queue `operator` alone has the operator's login; it gives way to all that people wait for.

SIGTERM and SIGINT end it in under three seconds. What it has begun by then has one more second to finish; the rest goes
back to the queue, and the transaction it was in is rolled back with the process. What an operator wants takes longer
than that second, so it goes back at once.
"""

import argparse
import logging
import os
import signal
import threading
import time
from collections.abc import Sequence

import dramatiq
import structlog

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.jobs.actors import Queue
from lienxa.platform.jobs.broker import build_broker, give_back
from lienxa.platform.processes import tell_ready
from lienxa.platform.settings import get_settings
from lienxa.platform.telemetry import metrics, pipeline
from lienxa.workers.catalogue import load_jobs

# In `operator` a new commune never waits behind a demonstration.
THREADS: dict[Queue, int] = {"quick": 8, "heavy": 2, "operator": 2}
_NICENESS: dict[Queue, int] = {"quick": 0, "heavy": 0, "operator": 10}

_IDLE_MILLISECONDS = 500
_FINISH_SECONDS: dict[Queue, float] = {"quick": 1.0, "heavy": 1.0, "operator": 0.0}
_LOOK_AGAIN_SECONDS = 0.005
_STOP_SECONDS = 2.5

_log = structlog.get_logger("lienxa.workers.worker")


def main(arguments: Sequence[str] | None = None) -> None:
    """Work on one queue until told to stop."""
    parser = argparse.ArgumentParser(prog="lienxa.workers.worker", description="Work on one queue of jobs.")
    parser.add_argument("queue", choices=list(THREADS))
    parser.add_argument("--load", action="append", default=[], metavar="MODULE", help="a further module with jobs")
    chosen = parser.parse_args(arguments)
    run(chosen.queue, chosen.load)


def run(queue: Queue, others: Sequence[str] = ()) -> None:
    """Start the worker in this process and block until SIGTERM or SIGINT."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    os.nice(_NICENESS[queue])
    settings = get_settings()
    name = f"worker-{queue}"
    pipeline.start(name, settings)
    logging.getLogger("dramatiq").setLevel(logging.WARNING)
    if settings.today is not None:
        clock.start_at(settings.today)
    load_jobs(others)
    database = Database(settings.db_app_dsn.get_secret_value(), pool_size=THREADS[queue])
    metrics.watch_pool(database.engine)
    broker = build_broker(queue, settings, database)
    worker = dramatiq.Worker(broker, queues={queue}, worker_threads=THREADS[queue], worker_timeout=_IDLE_MILLISECONDS)
    # A heavy job must not wait behind another one here while a second worker is idle.
    worker.queue_prefetch = THREADS[queue] * (2 if queue == "quick" else 1)
    worker.start()
    _log.info("worker ready", jobs=sorted(broker.actors))
    tell_ready()
    stopping.wait()
    _log.info("worker stopping")
    _leave_in_time()
    _finish(worker, _FINISH_SECONDS[queue])
    give_back(broker)
    pipeline.stop()
    _log.info("worker stopped")
    # A job that did not finish in time still sits in its thread; leaving without waiting for it ends its transaction.
    logging.shutdown()
    os._exit(0)


def _finish(worker: dramatiq.Worker, seconds: float) -> None:
    """Let jobs that have begun come to their end, and begin no other.

    `Worker.stop` waits for every thread to wake up as well, of those that fetch messages up to a second: what they
    hold is given back by `give_back`, and the process ends without them.
    """
    queue, until = worker.work_queue, time.monotonic() + seconds
    if queue.unfinished_tasks:
        worker.broker.emit_before("worker_shutdown", worker)
    for thread in worker.workers:
        thread.stop()
    while queue.unfinished_tasks > queue.qsize() and time.monotonic() < until:
        time.sleep(_LOOK_AGAIN_SECONDS)


def _leave_in_time() -> None:
    """End the process even if the database is gone, for which the broker would wait for minutes."""
    timer = threading.Timer(_STOP_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
