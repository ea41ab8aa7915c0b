"""A watch over the event loop that all quick jobs share: one that blocks is named in the log."""

import sys
import threading
import time
import traceback
from typing import Any

import structlog
from dramatiq import Broker, Middleware
from dramatiq.asyncio import get_event_loop_thread

_LOOK_EVERY = 1.0
_TOO_LONG = 0.5

_log = structlog.get_logger()


class LoopWatch(Middleware):
    """Asks the event loop once a second to answer; while it does not, logs where it stands."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def after_worker_boot(self, _broker: Broker, _worker: Any) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="loop-watch", daemon=True).start()

    def before_worker_shutdown(self, _broker: Broker, _worker: Any) -> None:
        """Stop watching."""
        self._stopped.set()

    def _watch(self) -> None:
        watched = get_event_loop_thread()
        assert watched is not None
        while not self._stopped.wait(_LOOK_EVERY):
            answered = threading.Event()
            asked = time.monotonic()
            watched.loop.call_soon_threadsafe(answered.set)
            if answered.wait(_TOO_LONG):
                continue
            frame = sys._current_frames().get(watched.ident or 0)
            where = "".join(traceback.format_stack(frame, limit=8)) if frame else ""
            while not answered.wait(_LOOK_EVERY) and not self._stopped.is_set():
                pass
            _log.warning("a quick job blocked the event loop", seconds=round(time.monotonic() - asked, 1), where=where)
