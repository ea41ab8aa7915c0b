"""Logs: one JSON object a line on stderr, with process, tenant and trace; libraries' logs take the same way.

`LIENXA_LOG_FORMAT=text` writes them for a person at a terminal instead.
"""

import logging
import sys
import threading
import time
from types import TracebackType
from typing import Literal, TextIO

import structlog
from opentelemetry import trace
from structlog.types import EventDict, Processor, WrappedLogger

from lienxa.platform.telemetry import tenant
from lienxa.platform.telemetry.redaction import safe_error, safe_traceback

Format = Literal["json", "text"]

# These say more than they should: whole addresses with their queries.
_QUIET = ("httpx", "httpcore", "urllib3", "opentelemetry")
_SELDOM_SECONDS = 60.0
# Whatever else is told beside a message is a word or an identifier; what is longer was not meant to be here whole.
_LONG = frozenset({"event", "exception", "statement", "where"})
_LONGEST = 200
_FIRST = ("time", "level", "logger", "message", "process", "tenant", "trace_id", "span_id")

_process = "lienxa"


def configure(process_name: str, form: Format = "json", stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (stderr) as lines; `process_name` is `web`, `worker-quick` ..."""
    global _process
    _process = process_name
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(form))
    handler.addFilter(_Seldom())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # A line a second for each connection it lacks; the broker above it says once that it waits.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def formatter(form: Format = "json") -> logging.Formatter:
    """What makes a line of a record."""
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if form == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), event_key="message", timestamp_key="time")
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED[:1], _first_line, *_SHARED[1:]],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _in_order, renderer],
    )


class _Seldom(logging.Filter):
    """What the exporters say of a collector that is away: once a minute, not once a second."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        if not record.name.startswith("opentelemetry"):
            return True
        key, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._said.get(key, -_SELDOM_SECONDS) < _SELDOM_SECONDS:
            return False
        self._said[key] = now
        return True


def _log_uncaught(kind: type[BaseException], error: BaseException, trace_back: TracebackType | None) -> None:
    logging.getLogger("lienxa").critical("the process ends: %s", kind.__name__, exc_info=(kind, error, trace_back))


def _log_uncaught_in_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        raised = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        logging.getLogger("lienxa").error("a thread ends: %s", ended.exc_type.__name__, exc_info=raised)


def _first_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Libraries tell in the first line what happened, and quote in those that follow."""
    event["event"] = str(event["event"]).split("\n", 1)[0]
    return event


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["message"] = event.pop("event", "")
    event["process"] = _process
    event.setdefault("tenant", tenant.PLATFORM)
    first = {name: event[name] for name in _FIRST if name in event}
    return {**first, **event}


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def _hide_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if isinstance(event.get("event"), str):
        event["event"] = safe_error(event["event"])
    if isinstance(event.get("exception"), str):
        event["exception"] = safe_traceback(event["exception"])
    for name, value in event.items():
        if name not in _LONG and isinstance(value, str) and len(value) > _LONGEST:
            event[name] = value[:_LONGEST] + "…"
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    _add_trace,
    structlog.processors.format_exc_info,
    _hide_values,
]
