"""Dashboards show metrics that exist, and every metric is on one of them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lienxa.platform.settings import Settings

OTEL = Path(__file__).parents[2] / "infra" / "otel"
DASHBOARDS = sorted((OTEL / "dashboards").glob("*.json"))
_METRIC = re.compile(r"\b(?:lienxa|http|db)_[a-z0-9_]+")
# Functions, labels and groupings of PromQL that look like metrics.
_LABELS = re.compile(r"(?:by|without) \([^)]*\)|\{[^}]*\}")
_PARTS = re.compile(r"_(?:bucket|sum|count|created)$")


@pytest.fixture(scope="module")
def exported(test_settings: Settings) -> set[str]:
    """The names that a scrape of the real exporter has."""
    told = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("exported_metrics.py"))],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in told.stdout.splitlines() if line and not line.startswith("#")]
    return {re.split(r"[{ ]", line, maxsplit=1)[0] for line in lines} - {"target_info"}


def shown(dashboard: Path) -> set[str]:
    """The metrics that a dashboard asks for."""
    board: dict[str, Any] = json.loads(dashboard.read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return {name for expr in asked for name in _METRIC.findall(_LABELS.sub(" ", expr))}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_names_metrics_that_exist(dashboard: Path, exported: set[str]) -> None:
    assert shown(dashboard)
    assert shown(dashboard) - exported == set()


def test_every_metric_is_on_a_dashboard(exported: set[str]) -> None:
    anywhere = set.union(*(shown(dashboard) for dashboard in DASHBOARDS))
    families = {_PARTS.sub("", name) for name in anywhere}
    assert {_PARTS.sub("", name) for name in exported} - families == set()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_do_not_lie_upon_each_other(dashboard: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(dashboard.read_text(encoding="utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


# Keys that the collector's documents name for the parts that are used.
COLLECTOR_KEYS = {
    "otlp": {"protocols"},
    "memory_limiter": {"check_interval", "limit_mib", "spike_limit_mib", "limit_percentage", "spike_limit_percentage"},
    "attributes": {"actions", "include", "exclude"},
    "tail_sampling": {"decision_wait", "num_traces", "expected_new_traces_per_sec", "decision_cache", "policies"},
    "batch": {"timeout", "send_batch_size", "send_batch_max_size"},
    "prometheus": {"endpoint", "namespace", "metric_expiration", "send_timestamps", "resource_to_telemetry_conversion"},
    "otlphttp": {"endpoint", "headers", "tls", "compression", "timeout", "sending_queue", "retry_on_failure"},
}
POLICY_KEYS = {
    "status_code": {"status_codes"},
    "latency": {"threshold_ms", "upper_threshold_ms"},
    "probabilistic": {"sampling_percentage", "hash_salt"},
}


@pytest.fixture(scope="module")
def collector() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((OTEL / "collector.yaml").read_text(encoding="utf-8"))
    return found


def test_the_collector_listens_where_the_service_sends(collector: dict[str, Any]) -> None:
    assert collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == "0.0.0.0:4318"
    pipelines = collector["service"]["pipelines"]
    assert pipelines.keys() == {"traces", "metrics", "logs"}
    for pipeline in pipelines.values():
        assert pipeline["receivers"] == ["otlp"]
        assert pipeline["processors"][0] == "memory_limiter", "it must be asked first"
        assert pipeline["processors"][-1] == "batch", "what is sampled away is not batched"


def test_every_part_of_the_collector_is_used_and_known(collector: dict[str, Any]) -> None:
    assert collector.keys() == {"receivers", "processors", "exporters", "service"}
    pipelines = collector["service"]["pipelines"].values()
    for kind in ("receivers", "processors", "exporters"):
        used = {name for pipeline in pipelines for name in pipeline[kind]}
        assert used == collector[kind].keys(), kind
        for name, settings in collector[kind].items():
            assert settings.keys() <= COLLECTOR_KEYS[name.partition("/")[0]], name
    for policy in collector["processors"]["tail_sampling"]["policies"]:
        assert policy.keys() == {"name", "type", policy["type"]}
        assert policy[policy["type"]].keys() <= POLICY_KEYS[policy["type"]], policy["name"]
    for action in collector["processors"]["attributes/bare"]["actions"]:
        assert action.keys() == {"key", "action"}
        assert action["action"] == "delete"
