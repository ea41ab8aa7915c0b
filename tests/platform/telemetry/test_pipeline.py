"""Where telemetry goes follows from the settings."""

import json
import threading
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

from lienxa.platform.settings import Settings
from lienxa.platform.telemetry import pipeline
from lienxa.platform.telemetry.lines import ConsoleLines
from lienxa.platform.telemetry.metric_lines import MetricLines


@pytest.mark.parametrize(
    ("ours", "standard", "endpoint"),
    [
        ("", "", ""),
        ("http://ours:4318/", "", "http://ours:4318"),
        ("", "http://standard:4318", "http://standard:4318"),
        ("http://ours:4318", "http://standard:4318", "http://ours:4318"),
    ],
)
def test_our_setting_wins_over_the_standard_one(
    test_settings: Settings, monkeypatch: pytest.MonkeyPatch, ours: str, standard: str, endpoint: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", standard)
    assert pipeline.endpoint_of(test_settings.model_copy(update={"otlp_endpoint": ours})) == endpoint


def test_what_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that holds a connection would hold the stop of every process."""
    never, done = threading.Event(), threading.Event()
    monkeypatch.setattr(pipeline, "STOP_SECONDS", 0.05)
    monkeypatch.setattr(pipeline, "_shutdowns", [never.wait, done.set])
    pipeline.stop()
    assert done.is_set()
    never.set()


def test_on_the_console_a_metric_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    reader = PeriodicExportingMetricReader(MetricLines(ConsoleLines(), "web"), export_interval_millis=60_000)
    provider = MeterProvider([reader], shutdown_on_exit=False)
    provider.get_meter("test").create_counter("lienxa.requests").add(2, {"status": "2xx"})
    provider.get_meter("test").create_histogram("lienxa.job.duration", unit="s").record(0.5, {"queue": "quick"})
    provider.shutdown()

    lines: Sequence[dict[str, object]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = {line["name"]: line for line in lines}
    assert (told["lienxa.requests"]["value"], told["lienxa.requests"]["attributes"]) == (2, {"status": "2xx"})
    assert (told["lienxa.job.duration"]["count"], told["lienxa.job.duration"]["sum"]) == (1, 0.5)
