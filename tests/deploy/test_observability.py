"""Alert rules and the dashboard ask for metrics that exist, and every rule has its tests."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.observability import REGISTRY

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "observability"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
TESTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts_test.yml").read_text("utf-8"))["tests"]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana" / "dashboards" / "zeven.json").read_text("utf-8"))
#: what a name in a query may be besides a metric
WORDS = re.compile(r'"[^"]*"|\[[^\]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)|\{\{.*?\}\}')
FUNCTIONS = re.compile(r"\b[a-z_]+(?=\s*(?:\(|by\b))")
LABELS = re.compile(r"\{[^}]*\}")
#: what is not ours, by name: a test of the composed gateway compares its metrics with what the gateway counts
OTHERS = {"up", "rabbitmq_queue_messages_ready", "rabbitmq_queue_messages_unacked"}


def names(query: str) -> set[str]:
    """The metrics that a query asks for."""
    bare = FUNCTIONS.sub(" ", LABELS.sub(" ", WORDS.sub(" ", query)))
    return set(re.findall(r"\b[a-z][a-z0-9_]{1,}\b", bare)) - {"or", "and", "unless", "by"}


def queries() -> list[str]:
    """Every query of the rules and of the dashboard."""
    shown = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in RULES] + shown


def asked_for() -> set[str]:
    """The metrics that the rules and the dashboard ask for."""
    return {name for query in queries() for name in names(query)}


def known() -> set[str]:
    """The series that a service has, by their names in Prometheus."""
    suffixes = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",), "info": ("_info",), "gauge": ("",)}
    return {f"{each.name}{suffix}" for each in REGISTRY.collect() for suffix in suffixes[each.type]}


@pytest.mark.parametrize("query", queries())
def test_a_query_asks_for_metrics_that_exist(query: str) -> None:
    found = names(query)
    assert found, "it asks for something"
    unknown = found - known() - OTHERS
    assert all(name.startswith("haproxy_") for name in unknown), unknown


def test_a_name_that_no_metric_has_is_found_in_a_query() -> None:
    assert names(
        'sum by (service) (rate(zeven_request_seconds_cont{status=~"5.."}[5m])) / 2 > 0.02 or absent(up{job="x"})'
    ) == {
        "zeven_request_seconds_cont",
        "up",
    }


def test_every_alert_has_a_test_of_when_it_fires_and_an_explanation() -> None:
    manual = (FOLDER.parents[1] / "docs" / "operations.md").read_text("utf-8")
    fires = {case["alertname"] for test in TESTS for case in test["alert_rule_test"] if case.get("exp_alerts")}
    assert fires == {rule["alert"] for rule in RULES}
    assert all(f"| `{rule['alert']}` |" in manual for rule in RULES)


def test_the_dashboard_is_provisioned_with_its_source_of_data() -> None:
    (source,) = yaml.safe_load((FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text("utf-8"))[
        "datasources"
    ]
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {source["uid"]}
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.tools
def test_the_rules_fire_when_they_should_and_only_then() -> None:
    promtool = shutil.which("promtool")
    assert promtool, "install Debian's package prometheus"
    done = subprocess.run(
        [promtool, "test", "rules", FOLDER / "alerts_test.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
