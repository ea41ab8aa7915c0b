"""The metrics of this process as Prometheus reads them."""

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_registry = CollectorRegistry()


def reader() -> PrometheusMetricReader:
    """What collects the metrics for `text`."""
    return PrometheusMetricReader(registry=_registry, scope_info_enabled=False)


def text() -> bytes:
    """All metrics of the process now."""
    return generate_latest(_registry)
