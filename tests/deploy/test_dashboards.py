"""The dashboards of Grafana and the rules: all that they name exists in a live scrape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from flask import Flask
from flask.testing import FlaskClient

from cli.grafana.dashboard import COLUMNS
from cli.grafana.files import dashboard_files, rules_file
from cli.grafana.panels import COLOURS
from tests.deploy.expressions import grouped, metrics, unknown
from tests.deploy.promtool import needs_promtool, promtool
from tests.house.sources import ROOT
from tests.web.metrics.scraped import scrape
from tests.web.metrics.world import live_through
from web.services import Services

DASHBOARDS = {name: json.loads(text) for name, text in dashboard_files().items()}
RULES = [rule for group in yaml.safe_load(rules_file())["groups"] for rule in group["rules"]]
WORDS = {"$__rate_interval": "5m", "$__range": "1h", "$environment": ".*", "$queue": ".*", "$type": ".*"}


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """All expressions of panels and annotations, by where they are."""
    for name, dashboard in DASHBOARDS.items():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"]
        for annotation in dashboard["annotations"]["list"]:
            yield f"{name}: {annotation['name']}", annotation["expr"]


# S3.28
def test_every_expression_names_metrics_and_labels_of_a_live_scrape(services: Services, viewer: FlaskClient) -> None:
    live_through(services)
    viewer.get("/api/v1/queues")
    found = scrape(viewer)
    labels = {name: found.labels(name) for name in found.series}
    recorded = {rule["record"]: grouped(rule["expr"]) for rule in RULES if "record" in rule}
    wrong = {where: missing for where, text in expressions() if (missing := unknown(text, labels))}
    told = labels | recorded
    wrong |= {rule.get("alert", "rule"): missing for rule in RULES if (missing := unknown(rule["expr"], told))}
    assert wrong == {}
    drawn = {name for _, text in expressions() for name, _ in metrics(text)}
    kept = {re.sub(r"_(bucket|sum|count)$", "", name) for name in drawn}
    measured = {re.sub(r"_(bucket|sum|count)$", "", name) for name in found.series}
    assert measured - kept == {"callboard_cost_cap_usd"}, "what is measured is drawn somewhere"


def test_a_made_up_metric_or_label_would_be_noticed() -> None:
    labels = {"callboard_queue_jobs": {"queue", "state"}}
    assert unknown('sum by (queue) (callboard_queue_jobs{state="active", environment=~"x"})', labels) == set()
    assert unknown('sum by (type) (rate(callboard_queue_jobs{shape="active"}[5m]))', labels) == {
        "callboard_queue_jobs{shape}",
        "type",
    }
    assert unknown("callboard_dreams_total > 1", labels) == {"callboard_dreams_total"}


def filled(text: str) -> str:
    """An expression with something for each variable."""
    return re.sub("|".join(re.escape(word) for word in WORDS), lambda word: WORDS[word[0]], text)


@needs_promtool
def test_prometheus_can_read_every_expression(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": filled(text)} for number, (_, text) in enumerate(expressions())]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert "SUCCESS" in promtool("check", "rules", tmp_path / "panels.yml")


# U22
@needs_promtool
def test_every_panel_shows_something_of_a_world_that_has_lived(
    app: Flask, services: Services, viewer: FlaskClient, tmp_path: Path
) -> None:
    """Prometheus itself evaluates every panel, over two hours in which each counter of a live scrape goes on rising."""
    live_through(services)
    app.extensions["callboard.metrics"].answered("GET", "/broken", 500, 0.2)
    found = scrape(viewer)
    counted = re.compile(r"_(total|bucket|sum|count)$")
    series = [
        {"series": f"{name}{{{written(labels)}}}", "values": f"{value}+{value if counted.search(name) else 0}x120"}
        for name, each in found.series.items()
        for labels, value in each.items()
    ]
    tests = [
        {
            "expr": f"count({filled(target['expr'])}) > bool 0",
            "eval_time": "2h",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for dashboard in DASHBOARDS.values()
        for panel in panels(dashboard)
        for target in panel["targets"]
    ]
    whole = {"tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}]}
    (tmp_path / "world.yml").write_text(yaml.safe_dump(whole))
    assert "SUCCESS" in promtool("test", "rules", tmp_path / "world.yml")


def written(labels: Iterable[tuple[str, str]]) -> str:
    """Labels as Prometheus writes them; those of the scrape configuration besides."""
    return ", ".join(f'{name}="{value}"' for name, value in [*labels, ("instance", "web-1"), ("environment", "lab")])


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_whole_and_the_shipped_file_is_made_from_it(name: str) -> None:
    dashboard = DASHBOARDS[name]
    assert (ROOT / "deploy/grafana" / name).read_text() == dashboard_files()[name]
    variables = [variable["name"] for variable in dashboard["templating"]["list"]]
    assert variables == ["datasource", "environment", "queue", "type", "board"]
    assert [annotation["name"] for annotation in dashboard["annotations"]["list"]] == ["Deploys", "Pauses"]
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    for panel in panels(dashboard):
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["description"].endswith(".")
        assert panel["links"][0]["url"].startswith("${board}/")
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= COLUMNS


def test_the_colours_are_those_of_our_own_pages_on_a_dark_ground() -> None:
    sheet = (ROOT / "web/static/dashboard/dashboard.css").read_text()
    dark = sheet[sheet.index("prefers-color-scheme: dark") :]
    states = ("waiting", "delayed", "active", "completed", "failed", "cancelled")
    ours = {state: re.search(rf"--{state}: (#\w+)", dark) for state in states}
    assert {state: found[1] for state, found in ours.items() if found} == {state: COLOURS[state] for state in states}
