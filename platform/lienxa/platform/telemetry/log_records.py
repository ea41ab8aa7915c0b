"""Log lines as records of OpenTelemetry, for a collector: the same content as the line on stderr."""

import json
import logging
from collections.abc import Callable

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import get_current
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.resources import Resource

from lienxa.platform.telemetry import logs, tenant

_MILLISECONDS = 1000
_SEVERITY = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.INFO: SeverityNumber.INFO,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}
# What a record says in places of its own.
_OF_THE_RECORD = ("time", "level", "message", "trace_id", "span_id", "tenant", "process")


def log_records(exporter: LogRecordExporter, resource: Resource) -> tuple[logging.Handler, Callable[[], None]]:
    """A handler for the root logger that sends every line, and what ends it."""
    provider = LoggerProvider(resource, shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter, schedule_delay_millis=_MILLISECONDS))
    handler = _Records(provider)
    handler.setFormatter(logs.formatter())
    # What the exporters say of a collector that is away would wait for that collector.
    handler.addFilter(lambda record: not record.name.startswith("opentelemetry"))
    return handler, provider.shutdown


class _Records(logging.Handler):
    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__()
        self._provider = provider

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the line on."""
        try:
            line = json.loads(self.format(record))
        except Exception:
            self.handleError(record)
            return
        others = {name: value for name, value in line.items() if name not in _OF_THE_RECORD}
        self._provider.get_logger(record.name).emit(
            LogRecord(
                timestamp=int(record.created * 1e9),
                context=get_current(),
                severity_number=_SEVERITY.get(record.levelno, SeverityNumber.UNSPECIFIED),
                severity_text=line["level"],
                body=line["message"],
                attributes={tenant.ATTRIBUTE: line["tenant"], **others},
            )
        )
