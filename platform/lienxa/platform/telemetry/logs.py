"""Logs: one JSON object a line on stderr, with process, tenant and trace id; libraries' logs take the same way."""

import logging
import sys
from types import TracebackType

import structlog
from opentelemetry import trace
from structlog.types import EventDict, Processor, WrappedLogger

from lienxa.platform.telemetry.redaction import safe_error

# These say more than they should: whole addresses with their queries.
_QUIET = ("httpx", "httpcore", "urllib3", "opentelemetry")


def configure(process_name: str, level: int = logging.INFO) -> None:
    """Send all logs of this process to stderr as JSON lines; `process_name` is `web`, `worker-quick` ..."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _add_trace,
        structlog.processors.format_exc_info,
        _hide_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _named(process_name),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # A line a second for each connection it lacks; the broker above it says once that it waits.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, trace_back: TracebackType | None) -> None:
    logging.getLogger("lienxa").critical("the process ends: %s", kind.__name__, exc_info=(kind, error, trace_back))


def _named(process_name: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"at": event.pop("at", None), "process": process_name, **event}

    return add


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event


def _hide_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key in ("exception", "event"):
        if isinstance(event.get(key), str):
            event[key] = safe_error(event[key])
    return event
