"""Telemetry of one process, from its start to its end: where traces, metrics and log lines go.

With `LIENXA_OTLP_ENDPOINT` (or `OTEL_EXPORTER_OTLP_ENDPOINT`) all three go to that collector by OTLP over HTTP;
without, traces and metrics become lines in `<data>/traces` and `<data>/metrics`. Everything leaves from threads of its
own and queues in bounds: a collector that does not answer costs what it should have got, and nothing else.
"""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry import metrics as metrics_api
from opentelemetry import trace
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from lienxa.platform.settings import Settings
from lienxa.platform.telemetry import logs, prometheus, statements
from lienxa.platform.telemetry.lines import ConsoleLines, FileLines, Lines
from lienxa.platform.telemetry.metric_lines import MetricLines
from lienxa.platform.telemetry.spans import BareSpans, SpanLines, TenantOnSpans

_SPANS_MILLISECONDS = 1000
# A collector that takes longer is as good as none.
_OTLP_SECONDS = 3.0
STOP_SECONDS = 1.0


@dataclass(frozen=True)
class _Exporters:
    spans: SpanExporter
    metrics: MetricExporter
    logs: Callable[[Resource], tuple[logging.Handler, Callable[[], None]]] | None


_shutdowns: list[Callable[[], None]] = []


def start(process_name: str, settings: Settings, *, scraped: bool = False) -> None:
    """Log, trace and measure this process; with `scraped` it also keeps what `/metrics` shows.

    Traced is a share `trace_sample` of what begins here, and all of what began in a traced process.
    """
    logs.configure(process_name, settings.log_format)
    if settings.telemetry == "off":
        return
    statements.watch(settings.slow_statement_seconds)
    resource = Resource.create({"service.name": "lienxa", "service.instance.id": f"{process_name}-{os.getpid()}"})
    exporters = _exporters(process_name, settings)
    _start_traces(resource, exporters.spans, settings.trace_sample)
    _start_metrics(resource, exporters.metrics, settings.metrics_seconds, scraped=scraped)
    if exporters.logs is not None:
        handler, shutdown = exporters.logs(resource)
        logging.getLogger().addHandler(handler)
        _shutdowns.append(shutdown)


def stop() -> None:
    """Send what is not sent yet, for `STOP_SECONDS` at most."""
    pending = [threading.Thread(target=shutdown, daemon=True) for shutdown in _shutdowns]
    _shutdowns.clear()
    for thread in pending:
        thread.start()
    waiting = threading.Event()
    timer = threading.Timer(STOP_SECONDS, waiting.set)
    timer.daemon = True
    timer.start()
    for thread in pending:
        while thread.is_alive() and not waiting.is_set():
            thread.join(0.02)
    timer.cancel()


def endpoint_of(settings: Settings) -> str:
    """The collector's address without the path of a signal; empty where there is none."""
    return (settings.otlp_endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")).rstrip("/")


def _start_traces(resource: Resource, exporter: SpanExporter, share: float) -> None:
    provider = TracerProvider(resource=resource, sampler=ParentBasedTraceIdRatio(share), shutdown_on_exit=False)
    provider.add_span_processor(TenantOnSpans())
    provider.add_span_processor(BatchSpanProcessor(BareSpans(exporter), schedule_delay_millis=_SPANS_MILLISECONDS))
    trace.set_tracer_provider(provider)
    AsyncPGInstrumentor().instrument()  # type: ignore[no-untyped-call]
    _shutdowns.append(provider.shutdown)


def _start_metrics(resource: Resource, exporter: MetricExporter, seconds: float, *, scraped: bool) -> None:
    readers: list[MetricReader] = [PeriodicExportingMetricReader(exporter, export_interval_millis=seconds * 1000)]
    if scraped:
        readers.append(prometheus.reader())
    # Exemplars would be chosen at every measurement; the line of the log leads to the trace as well.
    provider = MeterProvider(readers, resource, exemplar_filter=AlwaysOffExemplarFilter(), shutdown_on_exit=False)
    metrics_api.set_meter_provider(provider)
    _shutdowns.append(provider.shutdown)


def _exporters(process_name: str, settings: Settings) -> _Exporters:
    if endpoint := endpoint_of(settings):
        return _otlp(endpoint)

    def lines(kind: str) -> Lines:
        if settings.telemetry == "console":
            return ConsoleLines()
        return FileLines(settings.data.absolute() / kind, process_name)

    return _Exporters(
        SpanLines(lines("traces"), process_name),
        MetricLines(lines("metrics"), process_name),
        None,
    )


def _otlp(endpoint: str) -> _Exporters:
    """Imported here: an installation without a collector does not load protobuf."""
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    from lienxa.platform.telemetry.log_records import log_records

    return _Exporters(
        OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=_OTLP_SECONDS),
        OTLPMetricExporter(f"{endpoint}/v1/metrics", timeout=_OTLP_SECONDS),
        lambda resource: log_records(OTLPLogExporter(f"{endpoint}/v1/logs", timeout=_OTLP_SECONDS), resource),
    )
