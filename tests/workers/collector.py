"""A collector on loopback: takes OTLP over HTTP and reads it by opentelemetry-proto."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Receiver:
    """What arrived, as spans, metrics and log records of the protocol; `raw` is everything as text."""

    endpoint: str = ""
    spans: list[Any] = field(default_factory=list)
    metrics: list[Any] = field(default_factory=list)
    logs: list[Any] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def take(self, path: str, body: bytes) -> None:
        """Read one request."""
        if path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body)
            self.spans += [span for one in traces.resource_spans for scope in one.scope_spans for span in scope.spans]
        elif path == "/v1/metrics":
            found = ExportMetricsServiceRequest.FromString(body)
            self.metrics += [
                metric for one in found.resource_metrics for scope in one.scope_metrics for metric in scope.metrics
            ]
        else:
            assert path == "/v1/logs"
            lines = ExportLogsServiceRequest.FromString(body)
            self.logs += [line for one in lines.resource_logs for scope in one.scope_logs for line in scope.log_records]
        self.raw.append(body.decode("utf-8", "replace"))


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def attributes(carrier: Any) -> dict[str, Any]:
    """The attributes of a span, a value or a record."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in carrier.attributes}
