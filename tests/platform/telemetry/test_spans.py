"""The span file: one line a span, known attributes only, never more than two files of 50 MB."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from lienxa.platform.telemetry import lines, tenant
from lienxa.platform.telemetry.lines import FileLines
from lienxa.platform.telemetry.spans import BareSpans, SpanLines, TenantOnSpans


def _tracing_to(folder: Path) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(TenantOnSpans())
    provider.add_span_processor(SimpleSpanProcessor(BareSpans(SpanLines(FileLines(folder, "web"), "web"))))
    return provider


def _lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_span_is_a_line_with_known_attributes(tmp_path: Path) -> None:
    tracer = _tracing_to(tmp_path / "traces").get_tracer("test")
    attributes = {"http.route": "/lich", "http.user_agent": "somebody's", "db.statement.parameters": "('An',)"}
    with tracer.start_as_current_span("GET /lich", attributes=attributes):
        tracer.start_span("inner").end()

    inner, outer = _lines(tmp_path / "traces" / "web.jsonl")
    assert outer["attributes"] == {"http.route": "/lich", "lienxa.tenant": "platform"}
    assert (inner["trace_id"], inner["parent_id"]) == (outer["trace_id"], outer["span_id"])
    assert outer["parent_id"] is None


def test_a_full_file_gives_way_to_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_BYTES", 2000)
    tracer = _tracing_to(tmp_path).get_tracer("test")
    for number in range(40):
        tracer.start_span(f"span {number}").end()

    assert {file.name for file in tmp_path.iterdir()} == {"web.jsonl", "web.1.jsonl"}
    earlier, later = _lines(tmp_path / "web.1.jsonl"), _lines(tmp_path / "web.jsonl")
    names = [span["name"] for span in (*earlier, *later)]
    assert names == [f"span {number}" for number in range(40 - len(names), 40)]
    assert all(file.stat().st_size <= 2000 for file in tmp_path.iterdir())


def test_an_exporter_goes_on_in_the_new_file_after_another_process_turned_it(tmp_path: Path) -> None:
    tracer = _tracing_to(tmp_path).get_tracer("test")
    tracer.start_span("before").end()
    (tmp_path / "web.jsonl").rename(tmp_path / "web.1.jsonl")
    tracer.start_span("after").end()

    assert [span["name"] for span in _lines(tmp_path / "web.jsonl")] == ["after"]


def test_a_folder_that_cannot_be_written_costs_only_the_spans(tmp_path: Path) -> None:
    (tmp_path / "traces").write_text("in the way")
    _tracing_to(tmp_path / "traces").get_tracer("test").start_span("lost").end()


def test_a_span_says_whose_work_it_is_and_nothing_of_an_exception(tmp_path: Path) -> None:
    tracer = _tracing_to(tmp_path).get_tracer("test")
    organ = UUID("01900000-0000-7000-8000-000000000001")
    with pytest.raises(ValueError), tracer.start_as_current_span("outer"), tenant.bound(organ):  # noqa: SIM117
        with tracer.start_as_current_span("inner"):
            raise ValueError("Nguyễn Văn An")

    inner, outer = _lines(tmp_path / "web.jsonl")
    assert inner["attributes"] == outer["attributes"] == {"lienxa.tenant": str(organ)}
    assert inner["status"] == "error"
    assert "An" not in (tmp_path / "web.jsonl").read_text()
