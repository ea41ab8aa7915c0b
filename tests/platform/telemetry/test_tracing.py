"""What strangers send makes neither series nor words of their own."""

from unittest.mock import Mock

import httpx
import pytest
from litestar import Litestar
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lienxa.platform.telemetry import metrics, tracing

INVENTED = ("NGUYENVANA-0912345678", "M0X", "get", "PROPFIND")


async def test_an_invented_method_is_no_series_and_no_word_of_a_span(monkeypatch: pytest.MonkeyPatch) -> None:
    spans, duration = InMemorySpanExporter(), Mock()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(tracing.trace, "get_tracer", provider.get_tracer)
    monkeypatch.setattr(metrics, "request_duration", duration)
    transport = httpx.ASGITransport(tracing.instrument_app(Litestar([])))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://lam-son.localhost") as client:
        # The client would write them in capitals; a stranger's does not.
        for method in (*INVENTED, "DELETE"):
            request = client.build_request("GET", "/thu-tuc")
            request.method = method
            await client.send(request)
    labels = [call.args[1]["http.request.method"] for call in duration.record.call_args_list]
    assert labels == ["_OTHER"] * len(INVENTED) + ["DELETE"]
    told = "".join(span.to_json() for span in spans.get_finished_spans())
    assert [word for word in INVENTED if f'"{word}' in told] == []
