"""Spans on their way out of the process: what they may say, and their form where no collector takes them."""

import json
from collections.abc import Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from lienxa.platform.telemetry import tenant
from lienxa.platform.telemetry.lines import Lines

MAX_STATEMENT = 2000

# Nothing else leaves: whatever an instrumentation adds tomorrow stays out until somebody has looked at it.
_KEPT = frozenset(
    {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "url.path",
        "error.type",
        "db.system",
        "db.statement",
        "messaging.message.id",
        "messaging.destination.name",
        tenant.ATTRIBUTE,
    }
)


class TenantOnSpans(SpanProcessor):
    """Every span says whose work it is."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Note the tenant of the moment; a request's span learns it when the host is known (`tenant.bound`)."""
        del parent_context
        span.set_attribute(tenant.ATTRIBUTE, tenant.current())


class BareSpans(SpanExporter):
    """Hands on what a span may say: known attributes; no event and no description, which quote exceptions."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the spans without the rest."""
        return self._exporter.export([_bare(span) for span in spans])

    def shutdown(self) -> None:
        """End the exporter behind it."""
        self._exporter.shutdown()


class SpanLines(SpanExporter):
    """One JSON object a line, for an installation that has no collector."""

    def __init__(self, lines: Lines, process_name: str) -> None:
        self._lines = lines
        self._process_name = process_name

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans; if that fails they are lost and nothing else."""
        written = self._lines.write(json.dumps(self._line(span), ensure_ascii=False) for span in spans)
        return SpanExportResult.SUCCESS if written else SpanExportResult.FAILURE

    def _line(self, span: ReadableSpan) -> dict[str, Any]:
        context = span.get_span_context()
        assert context is not None
        return {
            "name": span.name,
            "process": self._process_name,
            "trace_id": trace.format_trace_id(context.trace_id),
            "span_id": trace.format_span_id(context.span_id),
            "parent_id": trace.format_span_id(span.parent.span_id) if span.parent else None,
            "kind": span.kind.name.lower(),
            "start_ns": span.start_time,
            "end_ns": span.end_time,
            "status": span.status.status_code.name.lower(),
            "attributes": dict(span.attributes or {}),
        }


def _bare(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes={key: _cut(value) for key, value in (span.attributes or {}).items() if key in _KEPT},
        kind=span.kind,
        status=trace.Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _cut(value: Any) -> Any:
    return value[:MAX_STATEMENT] if isinstance(value, str) else value
