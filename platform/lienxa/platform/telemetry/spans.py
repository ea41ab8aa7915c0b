"""Traces in a file: one JSON object a line, for an installation that has no collector."""

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

MAX_BYTES = 50 * 1024 * 1024
MAX_STATEMENT = 2000

# Nothing else is written: whatever an instrumentation adds tomorrow stays out until somebody has looked at it.
_KEPT = frozenset(
    {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "url.path",
        "server.address",
        "error.type",
        "db.system",
        "db.statement",
        "messaging.message.id",
        "messaging.destination.name",
        "lienxa.tenant",
    }
)


class SpanFile(SpanExporter):
    """Appends spans to `<folder>/<process>.jsonl`; at 50 MB the file becomes `<process>.1.jsonl` and a new one begins.

    Several processes of one name may share the file.
    """

    def __init__(self, folder: Path, process_name: str) -> None:
        self._path = folder / f"{process_name}.jsonl"
        self._process_name = process_name

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans; a full or missing disk loses them and nothing else."""
        lines = "".join(json.dumps(self._line(span), ensure_ascii=False) + "\n" for span in spans).encode()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._opened(len(lines)) as file:
                file.write(lines)
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def _opened(self, needed: int) -> BinaryIO:
        """The file, locked, with room for `needed` more bytes."""
        while True:
            file = self._path.open("ab", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            if not self._is_current(file):  # another process has moved it away in the meantime
                file.close()
                continue
            if file.tell() == 0 or file.tell() + needed <= MAX_BYTES:
                return file
            self._path.replace(self._path.with_suffix(".1.jsonl"))
            file.close()

    def _is_current(self, file: BinaryIO) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return False

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
            "attributes": {key: _cut(value) for key, value in (span.attributes or {}).items() if key in _KEPT},
        }


def _cut(value: Any) -> Any:
    return value[:MAX_STATEMENT] if isinstance(value, str) else value
