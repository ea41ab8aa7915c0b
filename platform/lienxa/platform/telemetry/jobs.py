"""What a worker notes about each message: its span, in the trace of whoever wanted it, and no content in the queue."""

import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dramatiq import Broker, Message, Middleware
from opentelemetry import context, propagate, trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from lienxa.platform.telemetry import metrics, tenant
from lienxa.platform.telemetry.redaction import bare_traceback

TenantOf = Callable[[str, tuple[Any, ...]], UUID | None]


@dataclass
class _Running:
    span: trace.Span
    around: ExitStack
    began: float


class JobTelemetry(Middleware):
    """Spans, counts and the tenant around jobs; and of a failure only places and types are kept with the message.

    `tenant_of` says whose work a message is, by the job's name and its arguments.
    """

    def __init__(self, tenant_of: TenantOf) -> None:
        self._tracer = trace.get_tracer(__name__)
        self._tenant_of = tenant_of
        self._open: dict[str, _Running] = {}

    def before_process_message(self, _broker: Broker, message: Any) -> None:
        """Begin the span in the context that came with the message."""
        span = self._tracer.start_span(
            f"job {message.actor_name}",
            context=propagate.extract(message.options.get("otel", {}), context=context.Context()),
            kind=trace.SpanKind.CONSUMER,
            attributes={
                "messaging.message.id": message.message_id,
                "messaging.destination.name": message.queue_name,
            },
        )
        around = ExitStack()
        around.callback(context.detach, context.attach(trace.set_span_in_context(span)))
        # Spans of statements that nobody will see need not be begun.
        around.enter_context(nullcontext() if span.is_recording() else suppress_instrumentation())
        tenant_id = self._tenant_of(message.actor_name, message.args)
        if tenant_id is not None:
            around.enter_context(tenant.bound(tenant_id))
        self._open[message.message_id] = _Running(span, around, time.perf_counter())

    def after_process_message(
        self, _broker: Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """End the span and count the run."""
        del result
        self._end(message, "done" if exception is None else "failed", exception)

    def after_skip_message(self, _broker: Broker, message: Any) -> None:
        """End the span of a message that another middleware put aside."""
        self._end(message, "put_aside", None)

    def _end(self, message: Any, outcome: str, exception: BaseException | None) -> None:
        running = self._open.pop(message.message_id)
        metrics.jobs_done.add(1, metrics.labels(queue=message.queue_name, outcome=outcome))
        metrics.job_duration.record(
            time.perf_counter() - running.began, {"actor": message.actor_name, "queue": message.queue_name}
        )
        if exception is not None:
            running.span.set_status(trace.StatusCode.ERROR)
            running.span.set_attribute("error.type", type(exception).__qualname__)
        running.span.end()
        running.around.close()

    def before_enqueue(self, _broker: Broker, message: Message[Any], _delay: int | None) -> None:
        """Keep messages of exceptions, which may quote rows, out of the queue (a retry)."""
        _bare(message)

    def before_nack(self, _broker: Broker, message: Any) -> None:
        """The same for a message that dies."""
        _bare(message)


def _bare(message: Any) -> None:
    if "traceback" in message.options:
        message.options["traceback"] = bare_traceback(message.options["traceback"])
