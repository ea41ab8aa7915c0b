"""Statements that take too long: a line with their text, never with what they were given, and a count."""

import time
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.engine import Engine

from lienxa.platform.telemetry import metrics
from lienxa.platform.telemetry.spans import MAX_STATEMENT

_log = structlog.get_logger(__name__)


def watch(threshold: float) -> None:
    """Watch all engines of this process for statements of more than `threshold` seconds."""

    def begin(_connection: Any, _cursor: Any, _text: str, _parameters: Any, context: Any, _many: bool) -> None:
        context.lienxa_began = time.perf_counter()

    def end(_connection: Any, _cursor: Any, text: str, _parameters: Any, context: Any, _many: bool) -> None:
        seconds = time.perf_counter() - context.lienxa_began
        if seconds > threshold:
            metrics.slow_statements.add(1, metrics.labels())
            _log.warning("slow statement", seconds=round(seconds, 3), statement=" ".join(text.split())[:MAX_STATEMENT])

    event.listen(Engine, "before_cursor_execute", begin)
    event.listen(Engine, "after_cursor_execute", end)
