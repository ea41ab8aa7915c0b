"""Metrics as lines, for an installation that has no collector: one JSON object a value, once a minute."""

import json
from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.metrics.export import (
    HistogramDataPoint,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
)

from lienxa.platform.telemetry.lines import Lines


class MetricLines(MetricExporter):
    """Writes every value since the start of the process."""

    def __init__(self, lines: Lines, process_name: str) -> None:
        super().__init__()
        self._lines = lines
        self._process_name = process_name

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        """Write the values; if that fails they are lost and nothing else."""
        del timeout_millis, kwargs
        written = self._lines.write(json.dumps(line) for line in self._values(metrics_data))
        return MetricExportResult.SUCCESS if written else MetricExportResult.FAILURE

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Nothing is kept back."""
        del timeout_millis
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Nothing is held open."""

    def _values(self, metrics_data: MetricsData) -> Iterator[dict[str, Any]]:
        for resource in metrics_data.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        yield {
                            "time_ns": point.time_unix_nano,
                            "process": self._process_name,
                            "name": metric.name,
                            "unit": metric.unit,
                            "attributes": dict(point.attributes or {}),
                            **_value(point),
                        }


def _value(point: Any) -> dict[str, Any]:
    if isinstance(point, HistogramDataPoint):
        return {"count": point.count, "sum": point.sum, "buckets": list(point.bucket_counts)}
    if isinstance(point, NumberDataPoint):
        return {"value": point.value}
    return {}
