"""A quick job that blocks the event loop of all quick jobs is named in the log."""

import logging
import time
from typing import cast

import pytest
from dramatiq import Broker
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from structlog.testing import capture_logs

from lienxa.platform.jobs import watch


def test_a_blocked_loop_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_LOOK_EVERY", 0.02)
    monkeypatch.setattr(watch, "_TOO_LONG", 0.1)
    loop_thread = EventLoopThread(logging.getLogger(__name__))
    loop_thread.start()
    set_event_loop_thread(loop_thread)
    watching, nobody = watch.LoopWatch(), cast(Broker, None)
    try:
        with capture_logs() as logged:
            watching.after_worker_boot(nobody, None)
            loop_thread.run_coroutine(_blocking_job())
            deadline = time.monotonic() + 10
            while not logged and time.monotonic() < deadline:
                time.sleep(0.01)
    finally:
        watching.before_worker_shutdown(nobody, None)
        loop_thread.stop()
        set_event_loop_thread(None)

    (warning,) = logged
    assert warning["event"] == "a quick job blocked the event loop"
    assert "_blocking_job" in warning["where"]


async def _blocking_job() -> None:
    time.sleep(0.5)  # noqa: ASYNC251 -- the fault
