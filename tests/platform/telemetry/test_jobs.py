"""What is counted of a job."""

import pytest
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker

from lienxa.platform.telemetry import metrics
from lienxa.platform.telemetry.jobs import JobTelemetry

# Prometheus calls by these who told it; the collector drops a metric that brings one of its own.
OF_PROMETHEUS = {"job", "instance", "le", "quantile"}


class _Instrument:
    def __init__(self) -> None:
        self.labels: list[dict[str, str]] = []

    def add(self, _amount: int, labels: dict[str, str]) -> None:
        self.labels.append(labels)

    record = add


def test_a_run_is_counted_under_names_that_prometheus_leaves_us(monkeypatch: pytest.MonkeyPatch) -> None:
    counter, histogram = _Instrument(), _Instrument()
    monkeypatch.setattr(metrics, "jobs_done", counter)
    monkeypatch.setattr(metrics, "job_duration", histogram)
    middleware, broker = JobTelemetry(lambda *_job: None), StubBroker()
    message = Message[None]("quick", "papers.print", (), {}, {})
    middleware.before_process_message(broker, message)
    middleware.after_process_message(broker, message)
    assert histogram.labels == [{"actor": "papers.print", "queue": "quick"}]
    assert counter.labels == [{"lienxa.tenant": "platform", "queue": "quick", "outcome": "done"}]
    assert not OF_PROMETHEUS & {name for labels in (*counter.labels, *histogram.labels) for name in labels}
