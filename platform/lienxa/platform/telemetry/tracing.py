"""Traces: one for a request, the jobs it wants and the figures they change. Spans of SQL come with asyncpg's
instrumentation, which is silent where nothing is traced.
"""

import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, nullcontext
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import context, propagate, trace
from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_instrumentation

from lienxa.platform.telemetry import metrics, tenant
from lienxa.platform.telemetry.redaction import known_method, route_path

_UNTRACED = ("/healthz", "/readyz", "/metrics", "/static/")


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
    """The application with a span and a measurement around each request, named after its route.

    A `traceparent` that a browser sends is not followed: a stranger could have everything traced. Query strings are
    never recorded, of the path only what the route knows and identifiers, of methods the known ones.
    """
    tracer = trace.get_tracer(__name__)

    async def traced(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(_UNTRACED):
            await app(scope, receive, send)
            return
        began = time.perf_counter()
        method = known_method(scope["method"])
        with tracer.start_as_current_span(
            method, context=Context(), kind=trace.SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            recording = span.is_recording()
            if recording:
                span.set_attribute("http.request.method", method)

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _measure(scope, method, message["status"], time.perf_counter() - began)
                    if recording:
                        _note_answer(span, scope, method, message["status"])
                await send(message)

            # Spans of statements that nobody will see need not be begun.
            with nullcontext() if recording else suppress_instrumentation():
                await app(scope, receive, send_and_note)

    return traced


def _measure(scope: Scope, method: str, status: int, seconds: float) -> None:
    organ = scope["state"].get("organ")
    metrics.requests.add(
        1, {tenant.ATTRIBUTE: str(organ.id) if organ else tenant.PLATFORM, "status": f"{status // 100}xx"}
    )
    labels: dict[str, str | int] = {
        "http.request.method": method,
        "http.route": _route(scope),
        "http.response.status_code": status,
    }
    metrics.request_duration.record(seconds, labels)


def _note_answer(span: trace.Span, scope: Scope, method: str, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    route = _route(scope)
    span.set_attribute("url.path", route_path(scope["path"], route))
    if route:
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
    if organ := scope["state"].get("organ"):
        span.set_attribute(tenant.ATTRIBUTE, str(organ.id))
    if status >= 500:
        span.set_status(trace.StatusCode.ERROR)


def _route(scope: Scope) -> str:
    """The template of the route that answers; empty where none does."""
    untyped: MutableMapping[str, Any] = scope  # type: ignore[assignment]
    found: str = untyped.get("path_template", "")
    return found
