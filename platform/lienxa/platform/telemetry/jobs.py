"""What a worker notes about each message: its span, in the trace of whoever wanted it, and no content in the queue."""

from contextvars import Token
from typing import Any

from dramatiq import Broker, Message, Middleware
from opentelemetry import context, propagate, trace

from lienxa.platform.telemetry.redaction import bare_traceback


class JobTelemetry(Middleware):
    """Spans around jobs; and of a failure only places and types are kept with the message."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer(__name__)
        self._open: dict[str, tuple[trace.Span, Token[context.Context]]] = {}

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
        self._open[message.message_id] = (span, context.attach(trace.set_span_in_context(span)))

    def after_process_message(
        self, _broker: Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """End the span."""
        del result
        span, token = self._open.pop(message.message_id)
        if exception is not None:
            span.set_status(trace.StatusCode.ERROR)
            span.set_attribute("error.type", type(exception).__qualname__)
        span.end()
        context.detach(token)

    def after_skip_message(self, broker: Broker, message: Any) -> None:
        """End the span of a message that another middleware skipped."""
        self.after_process_message(broker, message)

    def before_enqueue(self, _broker: Broker, message: Message[Any], _delay: int | None) -> None:
        """Keep messages of exceptions, which may quote rows, out of the queue (a retry)."""
        _bare(message)

    def before_nack(self, _broker: Broker, message: Any) -> None:
        """The same for a message that dies."""
        _bare(message)


def _bare(message: Any) -> None:
    if "traceback" in message.options:
        message.options["traceback"] = bare_traceback(message.options["traceback"])
