"""Traces: one for a request and the jobs it wants. Spans of SQL come with asyncpg's instrumentation."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import context, propagate, trace
from opentelemetry.context import Context
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from lienxa.platform.settings import Settings
from lienxa.platform.telemetry.redaction import safe_path
from lienxa.platform.telemetry.spans import SpanFile

_EXPORT_MILLISECONDS = 1000
_UNTRACED = ("/healthz", "/readyz", "/static/")


def start(process_name: str, settings: Settings) -> None:
    """Trace this process: a share `trace_sample` of what begins here, and all of what began in a traced process."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": "lienxa", "lienxa.process": process_name}),
        sampler=ParentBasedTraceIdRatio(settings.trace_sample),
    )
    exporter = SpanFile(settings.data.absolute() / "traces", process_name)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_EXPORT_MILLISECONDS))
    trace.set_tracer_provider(provider)
    AsyncPGInstrumentor().instrument()  # type: ignore[no-untyped-call]


def stop() -> None:
    """Write what is not written yet."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def traceparent() -> str | None:
    """The W3C `traceparent` of what runs now, if it is traced."""
    carrier: dict[str, str] = {}
    if trace.get_current_span().get_span_context().trace_flags.sampled:
        propagate.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def continued_trace(parent: str | None) -> Iterator[None]:
    """Let what is wanted inside belong to the trace of `parent` (a `traceparent`), or to a new one without it."""
    token = context.attach(propagate.extract({"traceparent": parent} if parent else {}, context=Context()))
    try:
        yield
    finally:
        context.detach(token)


def instrument_app(app: ASGIApp) -> ASGIApp:
    """The application with a span around each request, named after its route.

    A `traceparent` that a browser sends is not followed: a stranger could have everything traced. Query strings are
    never recorded, and parts of the path that may be secrets are replaced.
    """
    tracer = trace.get_tracer(__name__)

    async def traced(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(_UNTRACED):
            await app(scope, receive, send)
            return
        method = scope["method"]
        attributes = {"http.request.method": method, "url.path": safe_path(scope["path"])}
        with tracer.start_as_current_span(
            method, context=Context(), kind=trace.SpanKind.SERVER, attributes=attributes, record_exception=False
        ) as span:

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _note_answer(span, scope, message["status"])
                await send(message)

            await app(scope, receive, send_and_note)

    return traced


def _note_answer(span: trace.Span, scope: Scope, status: int) -> None:
    untyped: MutableMapping[str, Any] = scope  # type: ignore[assignment]
    span.set_attribute("http.response.status_code", status)
    if route := untyped.get("path_template"):
        span.update_name(f"{untyped['method']} {route}")
        span.set_attribute("http.route", route)
    if organ := untyped.get("state", {}).get("organ"):
        span.set_attribute("lienxa.tenant", str(organ.id))
    if status >= 500:
        span.set_status(trace.StatusCode.ERROR)
