"""The page of metrics."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.callboard.history.failing import HOUR, finished
from web.dashboard.pages.charts import bands
from web.services import NAME, Services

CHARTS = "/admin/queues/metrics/charts"


def test_an_empty_time_says_so_in_every_part(viewer: FlaskClient) -> None:
    shown = viewer.get(CHARTS).text

    for words in ("Nothing in this time", "No job completed in this time", "Nothing was spent"):
        assert words in shown


def test_a_day_is_shown_beside_the_day_before(viewer: FlaskClient, services: Services) -> None:
    now = services.now_ms()
    finished(services.engine, 6, now - HOUR, run_ms=2_000, cost_usd=0.25, type="<i>odd</i>")
    finished(services.engine, 2, now - HOUR, state="failed")
    finished(services.engine, 4, now - 30 * HOUR)

    alone = viewer.get(CHARTS).text
    compared = viewer.get(f"{CHARTS}?compare=1").text

    assert ("before</span>" in alone, "before</span>" in compared) == (False, True)
    assert "4 before" in compared
    assert "+50 %" in compared
    assert "$1.50" in compared
    assert "<i>odd" not in compared
    assert "&lt;i&gt;odd&lt;/i&gt;" in compared


def test_one_queue_or_type_is_shown_alone(viewer: FlaskClient, services: Services) -> None:
    finished(services.engine, 6, services.now_ms() - 1_000)
    finished(services.engine, 1, services.now_ms() - 1_000, queue="reports", type="report")

    tiles = json.loads(viewer.get(f"{CHARTS}?range=1h&queue=reports", headers={"X-Regions": "done"}).data)["done"]
    assert "<b>1</b>" in tiles
    assert "queue%3Areports%20finished:" in tiles
    assert "<b>6</b>" in viewer.get(f"{CHARTS}?range=1h&type=mail").text


@pytest.mark.parametrize("query", ["range=1y", "queue=" + "x" * 100])
def test_what_cannot_be_shown_is_told(viewer: FlaskClient, query: str) -> None:
    assert viewer.get(f"{CHARTS}?{query}", headers={"Accept": "text/html"}).status_code == 422


def test_it_leads_to_the_same_time_in_grafana(viewer: FlaskClient, app: Flask, services: Services) -> None:
    assert "Grafana" not in viewer.get(CHARTS).text
    app.extensions[NAME] = Services(replace(services.settings, grafana_url="https://grafana.lab.example/"))
    shown = viewer.get(f"{CHARTS}?queue=mails").text

    assert 'href="https://grafana.lab.example/d/callboard-queue?from=' in shown
    assert "var-queue=mails" in shown


def test_without_sql_each_part_says_so(viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("the disk is away"))

    for name in ("throughput", "run_heat", "slowest", "queue_numbers"):
        monkeypatch.setattr(f"callboard.history.{name}.reading", away)
    answer = viewer.get(f"{CHARTS}?compare=1")

    assert answer.status_code == 200
    assert answer.text.count("This cannot be read now.") == 4


def test_bands_are_named_by_their_ends() -> None:
    assert bands([10, 1_000]) == ["< 10 ms", "< 1 s", "≥ 1 s"]
